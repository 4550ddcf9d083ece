"""An edition of three readers, ready to be frozen, sent and looked at."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

import subscribers
from digest.database import Database
from digest.models import BlueprintRow, DeliveryRow, EditionRow
from digest.record.ledger import SqlLedger
from digest.record.pace import NO_LIMITS, Rates

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
SECRET = b"k" * 32


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def join(database: Database) -> Callable[..., int]:
    """Subscribes somebody to the weekly and gives her number."""

    def subscribe(name: str, *, topics: list[str] | None = None, confirmed: bool = True, now: datetime = NOW) -> int:
        with database.write() as session:
            return subscribers.subscribe(
                session,
                SECRET,
                address=subscribers.parse_address(f"{name}@example.org"),
                newsletter="weekly",
                topics=topics,
                via="command line",
                confirmed=confirmed,
                now=now,
            )

    return subscribe


def add_edition(
    session: Session, *, slot: str = "2026-01-07T09:00", state: str = "sending", at: datetime = NOW
) -> EditionRow:
    edition = EditionRow(newsletter="weekly", slot=slot, state=state, planned_at=at, cutoff_at=at, created_at=at)
    edition.frozen_at = at if state in ("sending", "paused", "sent") else None
    session.add(edition)
    session.flush()
    return edition


def add_delivery(session: Session, edition: EditionRow, subscriber_id: int, state: str = "queued") -> DeliveryRow:
    blueprint = session.query(BlueprintRow).first()
    if blueprint is None:
        blueprint = BlueprintRow(hash="h", body=b"b", created_at=NOW)
        session.add(blueprint)
        session.flush()
    row = DeliveryRow(
        edition_id=edition.id,
        subscriber_id=subscriber_id,
        blueprint_id=blueprint.id,
        slots={"message_id": f"{subscriber_id}@example.org"},
        state=state,
        created_at=NOW,
        changed_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def on_its_way(database: Database, join: Callable[..., int]) -> list[int]:
    """An edition that is being sent to three readers; the numbers of its deliveries."""
    people = [join(name) for name in ("ann", "bea", "cat")]
    with database.write() as session:
        edition = add_edition(session)
        return [add_delivery(session, edition, person).id for person in people]


@pytest.fixture
def new_ledger(database: Database, clock: SetClock) -> Callable[..., SqlLedger]:
    def make(*, resend: bool = True, editions: list[int] | None = None, rates: Rates = NO_LIMITS) -> SqlLedger:
        return SqlLedger(database, clock, resend_uncertain=resend, editions=editions, rates=rates)

    return make
