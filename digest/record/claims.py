"""Which deliveries are due, and who of them may no longer be written to.

Letters come first, then editions that are on their way, digest by digest; what is to be tried again comes last.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from digest.models import DeliveryRow, EditionRow, LaneRow
from digest.record.readers import reason_to_pass_over
from digest.types import State
from subscribers.models import Subscriber, Subscription, Suppression

DueRow = Row[Any]
"""A due delivery beside what is known of its reader now."""

_DOMAIN_LANE = "domain:"


def due(
    session: Session, now: datetime, limit: int, *, editions: Sequence[int] | None, resend_uncertain: bool
) -> list[DueRow]:
    """Up to `limit` deliveries that may be claimed now, locked for this transaction. `editions`: only of these."""
    sending = select(EditionRow.id).where(EditionRow.state == "sending")
    if editions is not None:
        sending = sending.where(EditionRow.id.in_(editions))
    letter, of_edition = DeliveryRow.edition_id.is_(None), DeliveryRow.edition_id.in_(sending)
    rows: list[DueRow] = []
    for condition in (
        and_(DeliveryRow.state == State.QUEUED, letter),
        and_(DeliveryRow.state == State.QUEUED, of_edition),
        and_(to_be_tried_again(resend_uncertain), DeliveryRow.next_try_at <= now, or_(letter, of_edition)),
    ):
        if len(rows) < limit:
            rows += session.execute(_query(condition, now).limit(limit - len(rows)))
    return rows


def to_be_tried_again(resend_uncertain: bool) -> ColumnElement[bool]:
    """Deferred deliveries, and uncertain ones that may go out once more."""
    deferred = DeliveryRow.state == State.DEFERRED
    if not resend_uncertain:
        return deferred
    return or_(deferred, and_(DeliveryRow.state == State.UNCERTAIN, DeliveryRow.resent.is_(False)))


def _query(condition: ColumnElement[bool], now: datetime) -> Any:
    resting = select(func.substr(LaneRow.name, len(_DOMAIN_LANE) + 1)).where(
        LaneRow.name.startswith(_DOMAIN_LANE), LaneRow.resting_until > now
    )
    return (
        select(
            DeliveryRow.id,
            DeliveryRow.edition_id,
            DeliveryRow.blueprint_id,
            DeliveryRow.slots,
            DeliveryRow.state,
            DeliveryRow.tries,
            DeliveryRow.first_tried_at,
            func.coalesce(DeliveryRow.address, Subscriber.address).label("address"),
            Subscriber.paused_until,
            Subscription.state.label("subscription"),
            Suppression.reason.label("suppression"),
        )
        .outerjoin(Subscriber, Subscriber.id == DeliveryRow.subscriber_id)
        .outerjoin(EditionRow, EditionRow.id == DeliveryRow.edition_id)
        .outerjoin(
            Subscription,
            and_(Subscription.subscriber_id == Subscriber.id, Subscription.newsletter == EditionRow.newsletter),
        )
        .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
        .where(condition, func.coalesce(Subscriber.domain, "").not_in(resting))
        .order_by(DeliveryRow.edition_id, DeliveryRow.blueprint_id, DeliveryRow.id)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )


def reason_gone(row: DueRow, now: datetime) -> str:
    """Why a due delivery must not go out any more; empty where it may."""
    if row.edition_id is not None:
        return reason_to_pass_over(row.subscription, row.paused_until, row.suppression, now)
    return "" if row.address else "erased"
