"""What a reader changes about her letters without leaving."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from subscribers.address import Address, address_key
from subscribers.errors import AddressTakenError
from subscribers.models import Rhythm, Subscriber, SubscriptionState
from subscribers.statements import load_subscription, note_consent
from subscribers.topics import join_topics

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag (RFC 5646), without its rarer forms."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader chooses. `topics` None means every topic.

    `language` is a tag like `en` (RFC 5646); empty: that of each newsletter.
    """

    topics: Collection[str] | None
    rhythm: Rhythm
    language: str


def change_preferences(
    session: Session, subscriber_id: int, newsletter: str, wanted: Preferences, *, via: str, now: datetime
) -> bool:
    """Set what she gets, how often, in which language. False where she is no reader (any more) or nothing changes.

    The language is that of all her newsletters. Raises ValueError for no topic at all, which would be leaving, and for
    what is no language tag.
    """
    topics = join_topics(wanted.topics)
    if wanted.language and not LANGUAGE.fullmatch(wanted.language):
        raise ValueError(f"{wanted.language!r} is no language; write en or pt-BR")
    subscription = load_subscription(session, subscriber_id, newsletter)
    person = session.get(Subscriber, subscriber_id)
    if subscription is None or person is None or subscription.state == SubscriptionState.UNSUBSCRIBED:
        return False
    before = (subscription.topics, subscription.rhythm, person.language)
    if before == (topics, wanted.rhythm, wanted.language):
        return False
    subscription.topics, subscription.rhythm, person.language = topics, wanted.rhythm, wanted.language
    session.flush()
    note_consent(session, subscriber_id, newsletter, "changed", via=via, now=now)
    return True


def change_topics(
    session: Session, subscriber_id: int, newsletter: str, topics: Collection[str] | None, *, via: str, now: datetime
) -> bool:
    """Set what she follows and leave the rest; None means every topic. See `change_preferences`."""
    subscription = load_subscription(session, subscriber_id, newsletter)
    person = session.get(Subscriber, subscriber_id)
    if subscription is None or person is None:
        return False
    wanted = Preferences(topics, Rhythm(subscription.rhythm), person.language)
    return change_preferences(session, subscriber_id, newsletter, wanted, via=via, now=now)


def pause(session: Session, subscriber_id: int, until: datetime | None, *, via: str, now: datetime) -> bool:
    """Send her nothing before `until` (aware UTC); None ends a pause. False where there is no such subscriber."""
    paused = session.scalar(
        update(Subscriber).where(Subscriber.id == subscriber_id).values(paused_until=until).returning(Subscriber.id)
    )
    if paused is None:
        return False
    note_consent(session, subscriber_id, "", "paused" if until else "resumed", via=via, now=now)
    return True


def change_address(
    session: Session, secret: bytes, subscriber_id: int, address: Address, *, via: str, now: datetime
) -> bool:
    """Write to another address of hers from now on. False where she is gone, or has this address already.

    Nothing that stands against the old address goes with her. Raises AddressTakenError where another subscriber has it.
    """
    person = session.get(Subscriber, subscriber_id)
    if person is None or person.address == str(address):
        return False
    key = address_key(address, secret)
    others = select(Subscriber.id).where(Subscriber.address_key == key, Subscriber.id != subscriber_id)
    if session.scalar(others) is not None:
        raise AddressTakenError
    try:
        with session.begin_nested():
            person.address, person.address_key, person.domain = str(address), key, address.domain
    except IntegrityError as error:  # at this very moment somebody else
        raise AddressTakenError from error
    note_consent(session, subscriber_id, "", "changed address", via=via, now=now)
    return True
