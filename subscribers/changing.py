"""What a reader changes about her letters without leaving."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from subscribers.models import Subscriber, SubscriptionState
from subscribers.statements import load_subscription, note_consent
from subscribers.topics import join_topics


def change_topics(
    session: Session, subscriber_id: int, newsletter: str, topics: Collection[str] | None, *, via: str, now: datetime
) -> bool:
    """Set what she follows; None means every topic. False where she is no reader (any more) or nothing changes."""
    subscription = load_subscription(session, subscriber_id, newsletter)
    wanted = join_topics(topics)
    if subscription is None or subscription.state == SubscriptionState.UNSUBSCRIBED or subscription.topics == wanted:
        return False
    subscription.topics = wanted
    session.flush()
    note_consent(session, subscriber_id, newsletter, "changed", via=via, now=now)
    return True


def pause(session: Session, subscriber_id: int, until: datetime | None, *, via: str, now: datetime) -> bool:
    """Send her nothing before `until` (aware UTC); None ends a pause. False where there is no such subscriber."""
    paused = session.scalar(
        update(Subscriber).where(Subscriber.id == subscriber_id).values(paused_until=until).returning(Subscriber.id)
    )
    if paused is None:
        return False
    note_consent(session, subscriber_id, "", "paused" if until else "resumed", via=via, now=now)
    return True
