"""Forgets a person across both packages: her row goes, the sums stay."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

import subscribers
from digest.models import AttemptRow, DeliveryRow, FeedbackRow, LaneRow
from subscribers.models import Subscriber

_ERASED = "erased"
_QUIETLY = {"synchronize_session": False}


def erase(session: Session, subscriber_id: int, *, via: str, now: datetime) -> None:
    """Erase a subscriber. Her deliveries keep their state for the sums, without her, her slots and servers' words.

    Letters to her address as such (a proof) lose it too, and so do other servers' words that name it.
    """
    person = session.get(Subscriber, subscriber_id)
    if person is None:
        return
    hers = DeliveryRow.subscriber_id == subscriber_id
    to_her = (DeliveryRow.letter != "") & (func.lower(DeliveryRow.address) == person.address.lower())
    mentioned = [
        DeliveryRow.id.in_(_naming(session, DeliveryRow.id, DeliveryRow.reason, person.address, hers | to_her)),
        LaneRow.name.in_(_naming(session, LaneRow.name, LaneRow.reason, person.address, true())),
    ]
    session.execute(update(DeliveryRow).where(mentioned[0]).values(reason=_ERASED), execution_options=_QUIETLY)
    session.execute(update(LaneRow).where(mentioned[1]).values(reason=_ERASED), execution_options=_QUIETLY)
    words = AttemptRow.delivery_id.in_(select(DeliveryRow.id).where(hers | to_her)) | AttemptRow.id.in_(
        _naming(session, AttemptRow.id, AttemptRow.text, person.address, true())
    )
    session.execute(update(AttemptRow).where(words).values(text=""), execution_options=_QUIETLY)
    returned = or_(
        FeedbackRow.subscriber_id == subscriber_id,
        FeedbackRow.delivery_id.in_(select(DeliveryRow.id).where(hers | to_her)),
        FeedbackRow.id.in_(_naming(session, FeedbackRow.id, FeedbackRow.address, person.address, true())),
        FeedbackRow.id.in_(_naming(session, FeedbackRow.id, FeedbackRow.evidence, person.address, true())),
    )
    session.execute(update(FeedbackRow).where(returned).values(address="", evidence=""), execution_options=_QUIETLY)
    gone = {"slots": None, "address": None}
    session.execute(update(DeliveryRow).where(hers | to_her).values(gone), execution_options=_QUIETLY)
    subscribers.erase(session, subscriber_id, via=via, now=now)


def _naming(
    session: Session, key: Any, column: InstrumentedAttribute[str], address: str, among: ColumnElement[bool]
) -> list[Any]:
    """The keys of rows whose column mentions an address, and not only one that ends like it."""
    mention = subscribers.mention_of(address)
    rows = session.execute(select(key, column).where(among, column.icontains(address, autoescape=True)))
    return [number for number, words in rows if mention.search(words)]
