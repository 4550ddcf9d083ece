"""Everything that is held of one person, across both packages."""

from typing import Any

from sqlalchemy.orm import Session

import subscribers
from digest.record import reports


def held_of(session: Session, address_key: str) -> dict[str, Any]:
    """Person, subscriptions, consents, suppression, and deliveries with every attempt's own words; times aware UTC.

    Empty parts where nothing is held.
    """
    deliveries = reports.deliveries(session, address_key=address_key)
    return {
        **subscribers.held_of(session, address_key),
        "deliveries": [{name: value for name, value in row.items() if name != "address"} for row in deliveries],
    }
