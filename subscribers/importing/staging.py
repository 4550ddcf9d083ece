"""The temporary table of an import: what was checked, and what becomes of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from subscribers.base import UTCDateTime
from subscribers.models import Reason, Subscriber, Subscription, SubscriptionState, SuppressedDomain, Suppression
from subscribers.statements import insert_into

# What becomes of a row; anything else in `outcome` is the reason why it is passed over.
ADDED, CONFIRMED, CHANGED, LEFT, STOPPED, UNCHANGED = "added", "confirmed", "changed", "left", "stopped", "unchanged"
DOMAIN_SUPPRESSED = "domain suppressed"

_OPTIONAL = ("rhythm", "language", "state", "suppressed", "consent_via", "consent_wording")
_TIMES = ("subscribed_at", "confirmed_at", "left_at", "suppressed_at", "paused_until")

staged = Table(
    "staged_subscribers",
    MetaData(),
    Column("place", Integer, primary_key=True),
    Column("address_key", String, nullable=False),
    Column("newsletter", String, nullable=False),
    Column("address", String, nullable=False),
    Column("domain", String, nullable=False),
    Column("name", String, nullable=False),
    Column("topics", String),  # NULL, here and below: the list says nothing about it
    *(Column(name, String) for name in _OPTIONAL),
    *(Column(name, UTCDateTime) for name in _TIMES),
    Column("subscriber_id", Integer),
    Column("outcome", String, nullable=False, default="", server_default=""),
    UniqueConstraint("address_key", "newsletter"),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every row of an import."""

    confirmed: bool
    via: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Portion:
    """The staged rows of some places; as many as are written in one short transaction."""

    first: int
    last: int

    @property
    def rows(self) -> ColumnElement[bool]:
        """That a row belongs to it."""
        return staged.c.place.between(self.first, self.last)

    def ending(self, *outcomes: str) -> ColumnElement[bool]:
        """That a row belongs to it and comes to one of these outcomes."""
        return and_(self.rows, staged.c.outcome.in_(outcomes))


def create(session: Session) -> None:
    """Make the temporary table. Only this connection sees it."""
    staged.drop(session.connection(), checkfirst=True)
    staged.create(session.connection())


def drop(session: Session) -> None:
    """Take it away: connections live on in their pool, and the next import wants a table of its own."""
    staged.drop(session.connection(), checkfirst=True)


def stage(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put checked rows into the table; of rows with the same address and newsletter the last one counts."""
    statement = insert_into(session, staged)
    latest = {name: statement.excluded[name] for name in rows[0] if name not in ("address_key", "newsletter")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["address_key", "newsletter"], set_=latest), list(rows)
    )


def portions(session: Session, size: int) -> list[Portion]:
    """All staged rows, cut into portions."""
    last = session.scalar(select(func.max(staged.c.place))) or 0
    return [Portion(first, first + size - 1) for first in range(1, last + 1, size)]


def judge(session: Session, portion: Portion, terms: Terms) -> dict[str, int]:
    """Decide for every row of a portion what becomes of it; gives the count of each outcome."""
    know(session, portion.rows)
    suppressed = select(Suppression.reason).where(Suppression.address_key == staged.c.address_key).scalar_subquery()
    domain = select(literal(DOMAIN_SUPPRESSED)).where(SuppressedDomain.domain == staged.c.domain).scalar_subquery()
    known = (
        select(_fate_of_known(terms))
        .join_from(Subscription, Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.subscriber_id == staged.c.subscriber_id, Subscription.newsletter == staged.c.newsletter)
        .scalar_subquery()
    )
    outcome = func.coalesce(suppressed, domain, known, ADDED)
    session.execute(update(staged).where(portion.rows).values(outcome=outcome))
    counts = select(staged.c.outcome, func.count()).where(portion.rows).group_by(staged.c.outcome)
    return dict(session.execute(counts).all())


def know(session: Session, rows: ColumnElement[bool]) -> None:
    """Note beside each row which subscriber it speaks of, so that no later statement has to join them."""
    number = select(Subscriber.id).where(Subscriber.address_key == staged.c.address_key).scalar_subquery()
    session.execute(update(staged).where(rows).values(subscriber_id=number))


def _fate_of_known(terms: Terms) -> ColumnElement[str]:
    """What becomes of a row whose person has a subscription already. Her later consent outranks an older list."""
    says_left = staged.c.state == SubscriptionState.UNSUBSCRIBED
    return case(
        (Subscription.left_at.is_not(None), Reason.UNSUBSCRIBED),
        (says_left, case((_is_later(staged.c.left_at, terms), LEFT), else_=UNCHANGED)),
        (
            staged.c.suppressed.is_not(None),
            case((_is_later(staged.c.suppressed_at, terms), STOPPED), else_=UNCHANGED),
        ),
        (
            and_(
                Subscription.state == SubscriptionState.PENDING,
                literal(terms.confirmed),
                func.coalesce(staged.c.state, SubscriptionState.ACTIVE) == SubscriptionState.ACTIVE,
            ),
            CONFIRMED,
        ),
        (
            or_(
                Subscription.topics != staged.c.topics,
                Subscription.rhythm != staged.c.rhythm,
                and_(staged.c.name != "", staged.c.name != Subscriber.name),
                and_(staged.c.language != "", staged.c.language != Subscriber.language),
            ),
            CHANGED,
        ),
        else_=UNCHANGED,
    )


def _is_later(at: Any, terms: Terms) -> ColumnElement[bool]:
    said = func.coalesce(at, literal(terms.now, UTCDateTime()))
    return or_(Subscription.confirmed_at.is_(None), said > Subscription.confirmed_at)
