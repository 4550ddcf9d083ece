"""What is held of one person here."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.models import Consent, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.topics import split_topics

_PERSON = ("address", "name", "language", "paused_until", "created_at")
_SUBSCRIPTION = ("newsletter", "state", "topics", "rhythm", "created_at", "confirmed_at", "left_at")
_CONSENT = ("at", "newsletter", "act", "via", "wording")
_SUPPRESSION = ("reason", "at")


def held_of(session: Session, address_key: str) -> dict[str, Any]:
    """A person by the keyed hash of her address, with her subscriptions, consents and suppression.

    Of who was erased or never came, `person` is None; a suppression may stand all the same.
    """
    person = session.scalar(select(Subscriber).where(Subscriber.address_key == address_key))
    number = person.id if person else 0
    subscriptions = select(Subscription).where(Subscription.subscriber_id == number).order_by(Subscription.id)
    consents = select(Consent).where(Consent.subscriber_id == number).order_by(Consent.at, Consent.id)
    suppression = session.get(Suppression, address_key)
    domain = session.get(SuppressedDomain, person.domain) if person else None
    return {
        "person": _values(person, _PERSON),
        "subscriptions": [
            {**(_values(row, _SUBSCRIPTION) or {}), "topics": split_topics(row.topics) or "every topic"}
            for row in session.scalars(subscriptions)
        ],
        "consents": [_values(row, _CONSENT) for row in session.scalars(consents)],
        "suppression": _values(suppression, _SUPPRESSION),
        "suppression_of_domain": _values(domain, _SUPPRESSION),
    }


def _values(row: object, names: tuple[str, ...]) -> dict[str, Any] | None:
    return None if row is None else {name: getattr(row, name) for name in names}
