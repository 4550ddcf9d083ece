"""Statements that several verbs share."""

from datetime import datetime

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from subscribers.base import Base
from subscribers.errors import RefusedError
from subscribers.models import Consent, Subscriber, Subscription, SuppressedDomain, Suppression


def insert_into(session: Session, table: type[Base] | Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT: both databases have it, SQLAlchemy spells it once for each."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def note_consent(
    session: Session,
    subscriber_id: int | None,
    newsletter: str,
    act: str,
    *,
    via: str,
    now: datetime,
    wording: str = "",
    network: str = "",
) -> None:
    """Add what was agreed to or withdrawn. `newsletter` is empty for what concerns all of them."""
    session.execute(
        insert(Consent).values(
            subscriber_id=subscriber_id,
            newsletter=newsletter,
            act=act,
            via=via,
            wording=wording,
            network=network,
            at=now,
        )
    )


def suppression_reason(session: Session, key: str) -> str | None:
    """Why an address is not written to, by itself; None where nothing stands against it."""
    return session.scalar(select(Suppression.reason).where(Suppression.address_key == key))


def require_domain(session: Session, domain: str) -> None:
    """Raise RefusedError where nobody at this domain is written to: only ops can lift that."""
    reason = session.scalar(select(SuppressedDomain.reason).where(SuppressedDomain.domain == domain))
    if reason is not None:
        raise RefusedError(f"its domain: {reason}")


def load_subscription(session: Session, subscriber_id: int, newsletter: str) -> Subscription | None:
    """The subscription of one reader to one newsletter."""
    return session.scalar(
        select(Subscription).where(Subscription.subscriber_id == subscriber_id, Subscription.newsletter == newsletter)
    )


def load_key(session: Session, subscriber_id: int) -> str | None:
    """The keyed hash of a subscriber's address."""
    return session.scalar(select(Subscriber.address_key).where(Subscriber.id == subscriber_id))
