"""What the drill asks of the database, beside the program: what is in doubt, what must arrive, and a lease's end."""

from collections.abc import Collection

from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import OperationalError

from digest.database import Database
from digest.drill.sums import Expected
from digest.models import DeliveryRow, EditionRow, SenderRow
from digest.types import State
from subscribers.models import Subscriber


def in_doubt(database: Database) -> frozenset[int]:
    """The deliveries that were being sent when their sender stopped, whether another has noticed it yet or not."""
    doubtful = DeliveryRow.state.in_([State.SENDING, State.UNCERTAIN])
    with database.read() as session:
        return frozenset(session.scalars(select(DeliveryRow.id).where(doubtful)))


def expected(database: Database) -> list[Expected]:
    """Every delivery that must arrive."""
    query = (
        select(DeliveryRow.id, DeliveryRow.slots, Subscriber.address)
        .join(Subscriber, Subscriber.id == DeliveryRow.subscriber_id)
        .where(DeliveryRow.state != State.LEFT_OUT)
    )
    with database.read() as session:
        return [Expected(row.id, row.slots["message_id"], row.address) for row in session.execute(query)]


def edition_state(database: Database) -> str:
    """Where the one edition stands."""
    with database.read() as session:
        return session.scalars(select(EditionRow.state)).one()


def at_work(database: Database, pids: Collection[int]) -> bool:
    """Whether each of these processes is entered as a sender."""
    with database.read() as session:
        return set(pids) <= set(session.scalars(select(SenderRow.pid)))


def end_leases(database: Database) -> bool:
    """Let every sender's lease have run out. False where a sender that was frozen in mid-commit holds a lock."""
    url = database.engine.url
    patience = {"timeout": 0} if url.get_backend_name() == "sqlite" else {"options": "-c lock_timeout=200"}
    engine = create_engine(url, connect_args=patience)
    held = select(DeliveryRow.id).where(DeliveryRow.state.in_([State.CLAIMED, State.SENDING])).with_for_update()
    try:
        with engine.begin() as connection:
            connection.execute(held).all()
            connection.execute(update(SenderRow).values(lease_until=0))
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True
