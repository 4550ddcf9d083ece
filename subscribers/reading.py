"""Who the subscribers are and where each stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from subscribers.address import Address, address_key
from subscribers.models import Rhythm, Subscriber, Subscription, SubscriptionState, SuppressedDomain, Suppression
from subscribers.topics import split_topics

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one subscriber stands with one newsletter. Times are aware UTC; `topics` None means every topic."""

    subscriber_id: int
    address: str
    name: str
    newsletter: str
    state: SubscriptionState
    topics: tuple[str, ...] | None
    since: datetime
    paused_until: datetime | None
    rhythm: Rhythm
    language: str
    """A tag like `en` or `pt-BR` (RFC 5646); empty: that of the newsletter."""
    suppressed: str
    """Why her address, or its domain, is not written to; empty where nothing stands against it."""


def find(session: Session, secret: bytes, address: Address) -> int | None:
    """The id of the subscriber with this address, however it is spelt."""
    return session.scalar(select(Subscriber.id).where(Subscriber.address_key == address_key(address, secret)))


def read_standing(session: Session, subscriber_id: int, newsletter: str) -> Standing | None:
    """Where she stands; None for who never subscribed or was erased."""
    wanted = Subscription.subscriber_id == subscriber_id, Subscription.newsletter == newsletter
    row = session.execute(_standings().where(*wanted)).one_or_none()
    return None if row is None else _standing(row)


def count_active(session: Session, newsletter: str) -> int:
    """How many confirmed subscribers a newsletter has, paused ones included."""
    active = Subscription.newsletter == newsletter, Subscription.state == SubscriptionState.ACTIVE
    return session.scalar(select(func.count()).select_from(Subscription).where(*active)) or 0


def list_subscribers(session: Session, newsletter: str | None = None) -> Iterator[Standing]:
    """Everybody, or those of one newsletter, in the order of their coming; streamed, however many there are."""
    statement = _standings().order_by(Subscription.id)
    if newsletter is not None:
        statement = statement.where(Subscription.newsletter == newsletter)
    for row in session.execute(statement.execution_options(yield_per=_BATCH)):
        yield _standing(row)


def _standings() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Subscriber.id,
            Subscriber.address,
            Subscriber.name,
            Subscription.newsletter,
            Subscription.state,
            Subscription.topics,
            Subscription.created_at,
            Subscriber.paused_until,
            Subscription.rhythm,
            Subscriber.language,
            func.coalesce(Suppression.reason, SuppressedDomain.reason, ""),
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
        .outerjoin(SuppressedDomain, SuppressedDomain.domain == Subscriber.domain)
    )


def _standing(row: Row[*tuple[Any, ...]]) -> Standing:
    subscriber_id, address, name, newsletter, state, topics, since, paused_until, rhythm, language, suppressed = row
    return Standing(
        subscriber_id,
        address,
        name,
        newsletter,
        SubscriptionState(state),
        split_topics(topics),
        since,
        paused_until,
        Rhythm(rhythm),
        language,
        suppressed,
    )
