"""How many letters that ask for a confirmation may go out: a sign-up form must be no way to flood a stranger.

Only what is not confirmed counts, so that people who do confirm never use up the room of others at their provider or
in their office. Counts are of rows in the table `confirmations`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from subscribers.models import Confirmation

OPEN_FOR = timedelta(days=30)
"""How long a confirmation is waited for and counts; then the person who never answered is forgotten."""
PER_ADDRESS = 3
"""In all, while they are open."""
PER_ADDRESS_A_DAY = 1
"""To one address, of one newsletter, in 24 hours."""
PER_NETWORK_AN_HOUR = 20
PER_DOMAIN_A_DAY = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What has been asked already, and is not confirmed."""

    refused: bool
    """She said once that it was not she."""
    address: int
    address_today: int
    """Of the newsletter in question."""
    network_this_hour: int
    domain_today: int


def may_ask(asked: Asked) -> bool:
    """Whether one more letter may ask."""
    return (
        not asked.refused
        and asked.address < PER_ADDRESS
        and asked.address_today < PER_ADDRESS_A_DAY
        and asked.network_this_hour < PER_NETWORK_AN_HOUR
        and asked.domain_today < PER_DOMAIN_A_DAY
    )


def count_asked(session: Session, key: str, newsletter: str, domain: str, network: str, now: datetime) -> Asked:
    """Count what is open for an address (by its keyed hash), its domain, and the network a request comes from."""
    hers = Confirmation.address_key == key
    today = Confirmation.at > now - timedelta(days=1)
    return Asked(
        refused=_count(session, hers, Confirmation.refused.is_(True)) > 0,
        address=_count(session, hers, Confirmation.at > now - OPEN_FOR),
        address_today=_count(session, hers, Confirmation.newsletter == newsletter, today),
        network_this_hour=_count(session, Confirmation.network == network, Confirmation.at > now - timedelta(hours=1))
        if network
        else 0,
        domain_today=_count(session, Confirmation.domain == domain, today),
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Confirmation).where(*conditions)) or 0
