"""Everything that is held of one person, across both packages."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import subscribers
from digest.record import feedback, reports
from subscribers.models import Subscriber


def held_of(session: Session, address_key: str) -> dict[str, Any]:
    """Person, subscriptions, consents, suppression, deliveries with every attempt's own words, and what came back.

    Times are aware UTC.
    Empty parts where nothing is held.
    """
    deliveries = reports.deliveries(session, address_key=address_key)
    person = session.scalar(select(Subscriber.id).where(Subscriber.address_key == address_key))
    returned = feedback.listed(session, subscriber_id=person) if person is not None else []
    return {
        **subscribers.held_of(session, address_key),
        "deliveries": [{name: value for name, value in row.items() if name != "address"} for row in deliveries],
        "feedback": [{name: value for name, value in row.items() if name != "subscriber_id"} for row in returned],
    }
