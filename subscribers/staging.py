"""The temporary table of an import, and the few statements that judge its rows and write them where they belong."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    MetaData,
    Select,
    String,
    Table,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from subscribers.base import UTCDateTime
from subscribers.errors import ListRefusedError
from subscribers.models import EVERY_TOPIC, Consent, Reason, Subscriber, Subscription, SubscriptionState, Suppression
from subscribers.statements import insert_into

# What becomes of a row; anything else in `outcome` is the reason why it is skipped.
ADDED, CONFIRMED, CHANGED, UNCHANGED = "added", "confirmed", "changed", "unchanged"

_staged = Table(
    "staged_subscribers",
    MetaData(),
    Column("address_key", String, primary_key=True),
    Column("address", String, nullable=False),
    Column("domain", String, nullable=False),
    Column("name", String, nullable=False),
    Column("topics", String, nullable=True),  # NULL: the list says nothing about topics
    Column("outcome", String, nullable=False, default="", server_default=""),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every row of an import."""

    newsletter: str
    confirmed: bool
    via: str
    now: datetime


@contextmanager
def staging_table(session: Session) -> Iterator[None]:
    """The temporary table, for as long as the block lasts. Only this connection sees it."""
    connection = session.connection()
    _staged.create(connection)
    try:
        yield
    except ListRefusedError:
        _staged.drop(connection)
        raise
    # Connections live on in their pool, and the next import wants a table of its own.
    _staged.drop(connection)


def stage(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put checked rows into the temporary table; of rows with the same address the last one counts."""
    statement = insert_into(session, _staged)
    latest = {name: statement.excluded[name] for name in ("address", "domain", "name", "topics")}
    session.execute(statement.on_conflict_do_update(index_elements=["address_key"], set_=latest), rows)


def judge(session: Session, terms: Terms) -> dict[str, int]:
    """Decide for every staged row what becomes of it; gives the count of each outcome."""
    suppressed = select(Suppression.reason).where(Suppression.address_key == _staged.c.address_key).scalar_subquery()
    known = _fate_of_known(terms).scalar_subquery()
    session.execute(update(_staged).values(outcome=func.coalesce(suppressed, known, ADDED)))
    counts = session.execute(select(_staged.c.outcome, func.count()).group_by(_staged.c.outcome))
    return dict(counts.all())


def _fate_of_known(terms: Terms) -> Select[tuple[str]]:
    pending = Subscription.state == SubscriptionState.PENDING
    differs = or_(
        Subscription.topics != _staged.c.topics, and_(_staged.c.name != "", _staged.c.name != Subscriber.name)
    )
    fate = case(
        (Subscription.left_at.is_not(None), Reason.UNSUBSCRIBED),
        (and_(pending, literal(terms.confirmed)), CONFIRMED),
        (differs, CHANGED),
        else_=UNCHANGED,
    )
    return (
        select(fate)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.address_key == _staged.c.address_key, Subscription.newsletter == terms.newsletter)
    )


def write(session: Session, terms: Terms) -> None:
    """Write what was judged. Nobody who left or is suppressed is touched."""
    _add_subscribers(session, terms)
    _add_subscriptions(session, terms)
    _change_subscriptions(session, terms)
    _change_names(session)
    _add_consents(session, terms)


def _add_subscribers(session: Session, terms: Terms) -> None:
    copied = ["address", "address_key", "domain", "name"]
    columns = [_staged.c[name] for name in copied]
    rows = select(*columns, _time(terms)).where(_staged.c.outcome == ADDED)
    session.execute(
        insert_into(session, Subscriber)
        .from_select([*copied, "created_at"], rows)
        .on_conflict_do_nothing(index_elements=["address_key"])
    )


def _add_subscriptions(session: Session, terms: Terms) -> None:
    state = SubscriptionState.ACTIVE if terms.confirmed else SubscriptionState.PENDING
    rows = select(
        Subscriber.id,
        literal(terms.newsletter),
        func.coalesce(_staged.c.topics, EVERY_TOPIC),
        literal(state.value),
        _time(terms),
        _time(terms) if terms.confirmed else literal(None, UTCDateTime()),
    ).join_from(_staged, Subscriber, _same_person())
    session.execute(
        insert_into(session, Subscription)
        .from_select(
            ["subscriber_id", "newsletter", "topics", "state", "created_at", "confirmed_at"],
            rows.where(_staged.c.outcome == ADDED),
        )
        .on_conflict_do_nothing(index_elements=["newsletter", "subscriber_id"])
    )


def _change_subscriptions(session: Session, terms: Terms) -> None:
    mine = and_(
        Subscription.newsletter == terms.newsletter, Subscription.subscriber_id == Subscriber.id, _same_person()
    )
    topics = func.coalesce(_staged.c.topics, Subscription.topics)
    quietly = {"synchronize_session": False}
    session.execute(
        update(Subscription).values(topics=topics).where(mine, _staged.c.outcome == CHANGED), execution_options=quietly
    )
    session.execute(
        update(Subscription)
        .values(topics=topics, state=SubscriptionState.ACTIVE, confirmed_at=terms.now)
        .where(mine, _staged.c.outcome == CONFIRMED),
        execution_options=quietly,
    )


def _change_names(session: Session) -> None:
    session.execute(
        update(Subscriber)
        .values(name=_staged.c.name)
        .where(_same_person(), _staged.c.outcome.in_([CHANGED, CONFIRMED]), _staged.c.name != ""),
        execution_options={"synchronize_session": False},
    )


def _add_consents(session: Session, terms: Terms) -> None:
    given = "vouched" if terms.confirmed else "subscribed"
    act = case((_staged.c.outcome == CHANGED, "changed"), (_staged.c.outcome == CONFIRMED, "vouched"), else_=given)
    rows = (
        select(Subscriber.id, literal(terms.newsletter), act, literal(terms.via), _time(terms))
        .join_from(_staged, Subscriber, _same_person())
        .where(_staged.c.outcome.in_([ADDED, CONFIRMED, CHANGED]))
    )
    session.execute(insert(Consent).from_select(["subscriber_id", "newsletter", "act", "via", "at"], rows))


def _same_person() -> Any:
    return Subscriber.address_key == _staged.c.address_key


def _time(terms: Terms) -> Any:
    return literal(terms.now, UTCDateTime())
