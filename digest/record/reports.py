"""What is shown: plain rows for lists, each a dict that a table, JSON or CSV can print as it is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.models import AttemptRow, DeliveryRow, DigestRow, EditionRow, SightingRow, SourceRow
from digest.record import claims
from digest.record.editions import due, sums
from subscribers.models import Subscriber

Row = dict[str, Any]


def editions(session: Session, newsletter: str | None = None) -> list[Row]:
    """Every edition, newest first, with the sums of its deliveries."""
    query = select(EditionRow).order_by(EditionRow.planned_at.desc(), EditionRow.id.desc())
    if newsletter:
        query = query.where(EditionRow.newsletter == newsletter)
    return [
        {
            "edition": row.id,
            "newsletter": row.newsletter,
            "slot": row.slot,
            "state": row.state,
            "reason": row.reason,
            "planned_at": row.planned_at,
            "cutoff_at": row.cutoff_at,
            "approved_at": row.approved_at,
            "approved_by": row.approved_by,
            "sent_at": row.sent_at,
            "deliveries": sums(session, row.id),
        }
        for row in session.scalars(query)
    ]


def deliveries(
    session: Session, *, edition: int | None = None, state: str | None = None, address_key: str | None = None
) -> Iterator[Row]:
    """Deliveries in the order they were made, each with its attempts and the server's own words."""
    query = (
        select(DeliveryRow, func.coalesce(DeliveryRow.address, Subscriber.address), DigestRow.key)
        .outerjoin(Subscriber, Subscriber.id == DeliveryRow.subscriber_id)
        .outerjoin(DigestRow, DigestRow.id == DeliveryRow.digest_id)
        .order_by(DeliveryRow.id)
    )
    if edition is not None:
        query = query.where(DeliveryRow.edition_id == edition)
    if state:
        query = query.where(DeliveryRow.state == state)
    if address_key:
        query = query.where(Subscriber.address_key == address_key)
    for row, address, key in session.execute(query.execution_options(yield_per=1000)):
        yield {
            "delivery": row.id,
            "edition": row.edition_id,
            "letter": row.letter,
            "address": address,
            "digest": key,
            "state": row.state,
            "reason": row.reason,
            "message_id": (row.slots or {}).get("message_id"),
            "next_try_at": row.next_try_at,
            "sent_at": row.sent_at,
            "attempts": _attempts(session, row.id) if row.tries or row.first_tried_at else [],
        }


def _attempts(session: Session, delivery_id: int) -> list[Row]:
    rows = session.scalars(select(AttemptRow).where(AttemptRow.delivery_id == delivery_id).order_by(AttemptRow.id))
    names = ("relay", "stage", "code", "enhanced", "text", "outcome", "started_at", "finished_at")
    return [{name: getattr(row, name) for name in names} for row in rows]


def sources(session: Session) -> dict[str, Row]:
    """How each visited source is doing, by name, with the number of things it gave."""
    counts = session.execute(select(SightingRow.source, func.count()).group_by(SightingRow.source))
    things = dict(counts.all())
    names = ("checked_at", "succeeded_at", "last_new_at", "failures", "error", "problems")
    return {
        row.name: {name: getattr(row, name) for name in names} | {"seen": things.get(row.name, 0)}
        for row in session.scalars(select(SourceRow))
    }


def domains(session: Session, edition_id: int) -> dict[str, int]:
    """How many letters of a frozen edition are still to go to which receiving domain, most first."""
    rows = session.execute(
        select(Subscriber.domain, func.count())
        .join(DeliveryRow, DeliveryRow.subscriber_id == Subscriber.id)
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.state.in_(("queued", "claimed", "deferred")))
        .group_by(Subscriber.domain)
        .order_by(func.count().desc(), Subscriber.domain)
    )
    return dict(rows.all())


def left_out(session: Session, edition_id: int) -> dict[str, int]:
    """How many subscribers an edition passed over, by reason."""
    rows = session.execute(
        select(DeliveryRow.reason, func.count())
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.state == "left_out")
        .group_by(DeliveryRow.reason)
    )
    return dict(rows.all())


def remaining(session: Session) -> tuple[int, datetime | None]:
    """How many deliveries of open editions and letters still wait, and when the first is due again."""
    open_editions = select(EditionRow.id).where(EditionRow.state.in_(("sending", "paused")))
    count, soonest = session.execute(
        select(func.count(), func.min(DeliveryRow.next_try_at)).where(
            DeliveryRow.state.in_(("queued", "claimed", "sending", "deferred", "uncertain")),
            DeliveryRow.reason != "acknowledged",
            DeliveryRow.edition_id.is_(None) | DeliveryRow.edition_id.in_(open_editions),
        )
    ).one()
    return count, soonest


def is_anything_due(session: Session, now: datetime) -> bool:
    """Whether the sender has work: an edition to freeze, or a delivery that may be claimed."""
    if any(edition.state == "approved" for edition in due(session, now)):
        return True
    return bool(claims.due(session, now, 1, editions=None, resend_uncertain=True))
