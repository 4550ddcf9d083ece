"""How somebody stops getting mail: she leaves, her address is suppressed, she is erased."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from subscribers.models import Reason, Subscriber, Subscription, SubscriptionState, Suppression
from subscribers.statements import insert_into, load_key, note_consent


def unsubscribe(session: Session, subscriber_id: int, newsletter: str, *, via: str, now: datetime) -> bool:
    """End a subscription. Doing it again, or for a stranger, changes nothing and gives False."""
    left = session.scalar(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber_id,
            Subscription.newsletter == newsletter,
            Subscription.state != SubscriptionState.UNSUBSCRIBED,
        )
        .values(state=SubscriptionState.UNSUBSCRIBED, left_at=now)
        .returning(Subscription.id)
    )
    if left is None:
        return False
    note_consent(session, subscriber_id, newsletter, "unsubscribed", via=via, now=now)
    return True


def suppress(session: Session, key: str, reason: Reason, *, via: str, now: datetime) -> None:
    """Never write to an address again, known by its keyed hash. A harder reason already standing is kept."""
    _keep_off(session, key, reason, now)
    subscriber_id = session.scalar(select(Subscriber.id).where(Subscriber.address_key == key))
    if subscriber_id is not None:
        note_consent(session, subscriber_id, "", "suppressed", via=via, now=now)


def erase(session: Session, subscriber_id: int, *, via: str, now: datetime) -> bool:
    """Forget a person; only the keyed hash of her address stays, so that no old list brings her back.

    Her consents lose their person and her subscriptions go with her, by their foreign keys. False for a stranger.
    """
    key = load_key(session, subscriber_id)
    if key is None:
        return False
    _keep_off(session, key, Reason.ERASED, now)
    session.execute(delete(Subscriber).where(Subscriber.id == subscriber_id))
    note_consent(session, None, "", "erased", via=via, now=now)
    return True


def _keep_off(session: Session, key: str, reason: Reason, now: datetime) -> None:
    easier = list(Reason)[: list(Reason).index(reason)]
    session.execute(
        insert_into(session, Suppression)
        .values(address_key=key, reason=reason, at=now)
        .on_conflict_do_update(
            index_elements=["address_key"], set_={"reason": reason, "at": now}, where=Suppression.reason.in_(easier)
        )
    )
