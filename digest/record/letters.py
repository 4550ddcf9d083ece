"""Mail outside editions: to staff, to ops, proofs. It leaves through deliveries like everything else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from digest.models import DeliveryRow
from digest.record.freeze import new_message_id
from digest.record.upsert import insert_missing
from digest.types import State


def queue(
    session: Session,
    letter: str,
    addresses: Sequence[str],
    *,
    token: str,
    blueprint_id: int,
    domain: str,
    now: datetime,
) -> None:
    """Queue one letter for each address; the same letter, address and token only once, however often asked for."""
    rows = [
        {
            "letter": letter,
            "address": address,
            "token": token,
            "blueprint_id": blueprint_id,
            "slots": {"message_id": new_message_id(domain), "unsubscribe": "proof", "preferences": "proof"},
            "state": State.QUEUED,
            "reason": "",
            "tries": 0,
            "resent": False,
            "created_at": now,
            "changed_at": now,
        }
        for address in addresses
    ]
    if rows:
        session.execute(insert_missing(session, DeliveryRow), rows)
