"""How somebody comes to get a newsletter: she asks, an operator vouches for her, she confirms."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from subscribers.address import Address, address_key
from subscribers.errors import RefusedError
from subscribers.models import (
    LIFTED_BY_HERSELF,
    Confirmation,
    Reason,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from subscribers.statements import insert_into, load_subscription, note_consent, require_domain, suppression_reason
from subscribers.topics import join_topics


def subscribe(
    session: Session,
    secret: bytes,
    *,
    address: Address,
    newsletter: str,
    topics: Collection[str] | None,
    via: str,
    now: datetime,
    name: str = "",
    wording: str = "",
    network: str = "",
    confirmed: bool = False,
) -> int:
    """Subscribe an address and give its subscriber's id. `topics` None means every topic.

    With `confirmed` an operator vouches for consent: the subscription is active at once. Without, it stays pending
    until `confirm`, and an active one is left as it is, for nothing shows that it was its owner who asked.
    Raises RefusedError where this person left or may not be written to and only she, or ops, can change that.
    """
    require_domain(session, address.domain)
    key = address_key(address, secret)
    reason = suppression_reason(session, key)
    if reason and (confirmed or reason not in LIFTED_BY_HERSELF):
        raise RefusedError(reason)
    subscriber_id = _ensure_subscriber(session, address, key, name, now)
    subscription = load_subscription(session, subscriber_id, newsletter)
    if subscription is None:
        subscription = _new_subscription(session, subscriber_id, newsletter, now)
    elif confirmed and subscription.left_at:
        raise RefusedError(Reason.UNSUBSCRIBED)
    elif not confirmed and subscription.state == SubscriptionState.ACTIVE:
        return subscriber_id
    subscription.topics = join_topics(topics)
    act = "vouched" if confirmed else "subscribed"
    if not confirmed:
        subscription.state = SubscriptionState.PENDING
    elif subscription.state == SubscriptionState.ACTIVE:
        act = "changed"
    else:
        _activate(subscription, now)
    session.flush()
    note_consent(session, subscriber_id, newsletter, act, via=via, wording=wording, network=network, now=now)
    return subscriber_id


def confirm(
    session: Session,
    subscriber_id: int,
    newsletter: str,
    *,
    via: str,
    now: datetime,
    wording: str = "",
    network: str = "",
) -> bool:
    """She has followed the link mailed to her address: make her pending subscription active. True if that changed it.

    Lifts that she had left, was erased or had bounced; the last also where her subscription was active all along.
    Raises RefusedError for what only ops can lift.
    """
    subscription = load_subscription(session, subscriber_id, newsletter)
    person = session.get(Subscriber, subscriber_id)
    if subscription is None or person is None:
        return False
    key = person.address_key
    reason = suppression_reason(session, key)
    if subscription.state != SubscriptionState.PENDING and not (
        reason and subscription.state == SubscriptionState.ACTIVE
    ):
        return False
    require_domain(session, person.domain)
    if reason and reason not in LIFTED_BY_HERSELF:
        raise RefusedError(reason)
    session.execute(delete(Suppression).where(Suppression.address_key == key))
    asked = Confirmation.address_key == key, Confirmation.newsletter == newsletter
    session.execute(delete(Confirmation).where(*asked, Confirmation.refused.is_(False)))
    _activate(subscription, now)
    session.flush()
    note_consent(session, subscriber_id, newsletter, "confirmed", via=via, wording=wording, network=network, now=now)
    return True


def _ensure_subscriber(session: Session, address: Address, key: str, name: str, now: datetime) -> int:
    session.execute(
        insert_into(session, Subscriber)
        .values(address=str(address), address_key=key, domain=address.domain, name=name, created_at=now)
        .on_conflict_do_nothing(index_elements=["address_key"])
    )
    return session.scalars(select(Subscriber.id).where(Subscriber.address_key == key)).one()


def _new_subscription(session: Session, subscriber_id: int, newsletter: str, now: datetime) -> Subscription:
    subscription = Subscription(
        subscriber_id=subscriber_id, newsletter=newsletter, state=SubscriptionState.PENDING, created_at=now
    )
    session.add(subscription)
    return subscription


def _activate(subscription: Subscription, now: datetime) -> None:
    subscription.state = SubscriptionState.ACTIVE
    subscription.confirmed_at = now
    subscription.left_at = None
