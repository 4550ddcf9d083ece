"""Forgets a person across both packages: her row goes, the sums stay."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import subscribers
from digest.models import AttemptRow, DeliveryRow


def erase(session: Session, subscriber_id: int, *, via: str, now: datetime) -> None:
    """Erase a subscriber. Her deliveries keep their state for the sums, without her, her slots and servers' words."""
    hers = DeliveryRow.subscriber_id == subscriber_id
    session.execute(
        update(AttemptRow).where(AttemptRow.delivery_id.in_(select(DeliveryRow.id).where(hers))).values(text="")
    )
    session.execute(update(DeliveryRow).where(hers).values(slots=None, address=None))
    subscribers.erase(session, subscriber_id, via=via, now=now)
