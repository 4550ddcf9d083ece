"""How somebody stops getting mail: she leaves, her address is suppressed, she is erased."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from subscribers.errors import RefusedError
from subscribers.models import (
    LIFTED_BY_OPS,
    Confirmation,
    Reason,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressedDomain,
    Suppression,
)
from subscribers.statements import insert_into, load_key, note_consent, suppression_reason


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


def resubscribe(session: Session, subscriber_id: int, newsletter: str, *, via: str, now: datetime) -> bool:
    """Take back an `unsubscribe` that was not her wish: a forged complaint. False where she has not left."""
    back = session.scalar(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber_id,
            Subscription.newsletter == newsletter,
            Subscription.state == SubscriptionState.UNSUBSCRIBED,
        )
        .values(state=SubscriptionState.ACTIVE, left_at=None)
        .returning(Subscription.id)
    )
    if back is None:
        return False
    note_consent(session, subscriber_id, newsletter, "restored", via=via, now=now)
    return True


def suppress(session: Session, key: str, reason: Reason, *, via: str, now: datetime) -> None:
    """Never write to an address again, known by its keyed hash. A harder reason already standing is kept."""
    _keep_off(session, key, reason, now)
    subscriber_id = session.scalar(select(Subscriber.id).where(Subscriber.address_key == key))
    if subscriber_id is not None:
        note_consent(session, subscriber_id, "", "suppressed", via=via, now=now)


def release(session: Session, key: str, *, via: str, now: datetime) -> bool:
    """Let an address be written to again; False where nothing stands against it. Its subscriptions are as they were.

    That she answered a confirmation letter with “not me” counts, too. Raises RefusedError where she had left or was
    erased: only her own confirmation lifts that.
    """
    reason = suppression_reason(session, key)
    refused = session.scalars(
        delete(Confirmation)
        .where(Confirmation.address_key == key, Confirmation.refused.is_(True))
        .returning(Confirmation.id)
    ).all()
    if reason is None:
        return bool(refused)
    if reason not in LIFTED_BY_OPS:
        raise RefusedError(reason)
    session.execute(delete(Suppression).where(Suppression.address_key == key))
    subscriber_id = session.scalar(select(Subscriber.id).where(Subscriber.address_key == key))
    if subscriber_id is not None:
        note_consent(session, subscriber_id, "", "released", via=via, now=now)
    return True


def suppress_domain(session: Session, domain: str, reason: Reason, *, now: datetime) -> None:
    """Never write to anybody at a domain (lower-case A-labels) again. Its subdomains are others."""
    session.execute(
        insert_into(session, SuppressedDomain)
        .values(domain=domain, reason=reason, at=now)
        .on_conflict_do_update(index_elements=["domain"], set_={"reason": reason, "at": now})
    )


def release_domain(session: Session, domain: str) -> bool:
    """Let a domain be written to again; False where nothing stands against it. Single addresses stay suppressed."""
    released = session.scalar(
        delete(SuppressedDomain).where(SuppressedDomain.domain == domain).returning(SuppressedDomain.domain)
    )
    return released is not None


def erase(session: Session, subscriber_id: int, *, via: str, now: datetime) -> bool:
    """Forget a person; only the keyed hash of her address stays, so that no old list brings her back.

    Her consents lose their person and her subscriptions go with her, by their foreign keys. False for a stranger.
    """
    key = load_key(session, subscriber_id)
    if key is None:
        return False
    _keep_off(session, key, Reason.ERASED, now)
    session.execute(delete(Confirmation).where(Confirmation.address_key == key, Confirmation.refused.is_(False)))
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
