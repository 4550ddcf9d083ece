"""What is shown: plain rows for lists, each a dict that a table, JSON or CSV can print as it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, null, select
from sqlalchemy.orm import Session

from digest.models import AttemptRow, DeliveryCountRow, DeliveryRow, DigestRow, EditionRow, SightingRow, SourceRow
from digest.record import claims, health, lanes
from digest.record.claims import in_state
from digest.record.editions import ACKNOWLEDGED, all_sums, due
from digest.types import State
from subscribers.models import Subscriber

Row = dict[str, Any]

_AT_ONCE = 1000
"""Deliveries read and shown at a time, so that a million take no memory."""


def editions(session: Session, now: datetime, newsletter: str | None = None) -> list[Row]:
    """Every edition, newest first, with the sums of its deliveries. What is being sent also says which lanes rest."""
    names = (
        "newsletter",
        "slot",
        "state",
        "reason",
        "planned_at",
        "cutoff_at",
        "approved_at",
        "approved_by",
        "sent_at",
    )
    query = select(EditionRow.id.label("edition"), *(getattr(EditionRow, name) for name in names))
    if newsletter:
        query = query.where(EditionRow.newsletter == newsletter)
    rests, counts = resting(session, now), all_sums(session)
    return [
        dict(row._mapping)
        | {"deliveries": counts.get(row.edition, {})}
        | ({"reason": "; ".join(filter(None, (row.reason, *rests)))} if row.state == "sending" else {})
        for row in session.execute(query.order_by(EditionRow.planned_at.desc(), EditionRow.id.desc()))
    ]


def resting(session: Session, now: datetime) -> list[str]:
    """Which lanes rest until when and why, one clause each."""
    return [
        f"{row.name.partition(':')[2]} rests until {row.resting_until:%Y-%m-%d %H:%M} UTC: {row.reason}"
        for row in lanes.resting(session, now)
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
    for rows in session.execute(query.execution_options(yield_per=_AT_ONCE)).partitions():
        attempts = attempts_of(session, [row.id for row, _, _ in rows])
        for row, address, key in rows:
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
                "attempts": attempts.get(row.id, []),
            }


def attempts_of(session: Session, deliveries: Sequence[int]) -> dict[int, list[Row]]:
    """Every try of these deliveries, by delivery, with the server's own words."""
    names = ("relay", "stage", "code", "enhanced", "text", "outcome", "started_at", "finished_at")
    query = (
        select(AttemptRow.delivery_id, *(getattr(AttemptRow, name) for name in names))
        .where(AttemptRow.delivery_id.in_(deliveries))
        .order_by(AttemptRow.id)
    )
    result: dict[int, list[Row]] = {}
    for row in session.execute(query):
        result.setdefault(row.delivery_id, []).append({name: getattr(row, name) for name in names})
    return result


def sources(session: Session, now: datetime) -> dict[str, Row]:
    """How each visited source is doing, by name, with the number of things it gave."""
    counts = session.execute(select(SightingRow.source, func.count()).group_by(SightingRow.source))
    things = dict(counts.all())
    names = (
        *("checked_at", "succeeded_at", "last_new_at", "newest_at", "next_at", "failures", "failing_since"),
        *("paused_at", "wait_until", "moved_to", "per_day", "error", "problems"),
    )
    return {
        row.name: {
            "state": health.state(row, now),
            "standing": health.in_words(row, now),
            "seen": things.get(row.name, 0),
            "usually": health.often(row.per_day),
        }
        | {name: getattr(row, name) for name in names}
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
    thinned = session.execute(
        select(DeliveryCountRow.reason, DeliveryCountRow.count).where(
            DeliveryCountRow.edition_id == edition_id, DeliveryCountRow.state == "left_out"
        )
    )
    counts = Counter(dict(rows.all()))
    counts.update(dict(thinned.all()))
    return dict(counts)


def remaining(session: Session) -> tuple[int, datetime | None]:
    """How many deliveries of open editions and letters still wait, and when the first is due again."""
    open_editions = {None, *session.scalars(select(EditionRow.id).where(EditionRow.state.in_(("sending", "paused"))))}
    # One query for each partial index, which answers it alone: this comes before the first letter.
    soonest = func.min(DeliveryRow.next_try_at)
    not_accepted = DeliveryRow.reason != ACKNOWLEDGED
    held = Counter(session.scalars(select(DeliveryRow.edition_id).where(DeliveryRow.sender_id.is_not(None))))
    groups = [
        *((edition, count, None) for edition, count in held.items()),
        *_by_edition(session, null(), in_state(State.QUEUED)),
        *_by_edition(session, soonest, in_state(State.DEFERRED)),
        *_by_edition(session, soonest, in_state(State.UNCERTAIN) & not_accepted),
    ]
    still = [(count, first) for edition, count, first in groups if edition in open_editions]
    return sum(count for count, _ in still), min((first for _, first in still if first), default=None)


def _by_edition(session: Session, first: Any, condition: ColumnElement[bool]) -> Sequence[Any]:
    query = select(DeliveryRow.edition_id, func.count(), first).where(condition).group_by(DeliveryRow.edition_id)
    return session.execute(query).all()


def is_anything_due(session: Session, now: datetime) -> bool:
    """Whether the sender has work: an edition to freeze, or a delivery that may be claimed."""
    if any(edition.state == "approved" for edition in due(session, now)):
        return True
    return bool(claims.due(session, now, 1, editions=None, resend_uncertain=True))
