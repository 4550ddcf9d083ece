"""Which deliveries are due, and who of them may no longer be written to.

Letters come first, then what is to be tried again, then editions that are on their way, digest by digest. Each query
asks for one state of one edition, so that it walks an index in order and stops: a million rows are never sorted.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, func, literal, select, update
from sqlalchemy.orm import Session

from digest.models import DeliveryRow, EditionRow
from digest.record.permission import reason_letter_gone, reason_to_pass_over
from digest.types import State
from subscribers.base import UTCDateTime
from subscribers.models import Subscriber, Subscription, SuppressedDomain, Suppression

DueRow = Row[Any]
"""A due delivery beside what is known of its reader now."""

PACED = "waits for the rate of its receiving domain"
"""The reason of a delivery that is put off though nothing is wrong with it."""
_ALL_PACED = timedelta(hours=1)
"""Longer than anything is put off for its rate."""


def due(
    session: Session, now: datetime, limit: int, *, editions: Sequence[int] | None, resend_uncertain: bool
) -> list[DueRow]:
    """Up to `limit` deliveries that may be claimed now, locked for this transaction. `editions`: only of these."""
    sending = _sending(session, editions)
    again = (State.DEFERRED, State.UNCERTAIN) if resend_uncertain else (State.DEFERRED,)
    order = [
        (State.QUEUED, None),
        *[(state, edition) for edition in (None, *sending) for state in again],
        *[(State.QUEUED, edition) for edition in sending],
    ]
    rows: list[DueRow] = []
    for state, edition in order:
        query = _query(state, in_edition=edition is not None)
        # By the connection, not the session: rows that are no objects come twice as fast.
        rows += session.connection().execute(query, {"edition": edition, "now": now, "limit": limit - len(rows)})
        if len(rows) == limit:
            break
    return rows


def next_paced(session: Session, now: datetime, *, editions: Sequence[int] | None) -> list[DueRow]:
    """The delivery that waits for its domain's rate and comes first, though it is not due yet; at most one."""
    found: list[DueRow] = []
    for edition in (None, *_sending(session, editions)):
        query = _query(State.DEFERRED, in_edition=edition is not None).where(DeliveryRow.reason == PACED)
        found += session.execute(query, {"edition": edition, "now": now + _ALL_PACED, "limit": 1})
    return sorted(found, key=lambda row: row.next_try_at)[:1]


def _sending(session: Session, editions: Sequence[int] | None) -> list[int]:
    sending = session.scalars(select(EditionRow.id).where(EditionRow.state == "sending").order_by(EditionRow.id))
    return [number for number in sending if editions is None or number in editions]


def in_state(state: State) -> ColumnElement[bool]:
    """That a delivery is in a state, written out: a partial index serves no query whose state is a parameter."""
    return DeliveryRow.state == literal(state.value, literal_execute=True)


@cache
def _query(state: State, *, in_edition: bool) -> Any:
    """Deliveries in one state of `:edition`, or letters; `:limit` of them, and those tried before due at `:now`.

    Kept, for to build it takes longer than the database does to answer it.
    """
    query = _rows().where(in_state(state))
    query = query.where(
        DeliveryRow.edition_id == bindparam("edition") if in_edition else DeliveryRow.edition_id.is_(None)
    )
    if state is State.UNCERTAIN:
        query = query.where(DeliveryRow.resent.is_(False))
    if state is State.QUEUED:
        # A letter to a subscriber waits until it is composed.
        query = query.where(DeliveryRow.blueprint_id.is_not(None))
        query = query.order_by(DeliveryRow.blueprint_id, DeliveryRow.id)
    else:
        due_now = DeliveryRow.next_try_at <= bindparam("now", type_=UTCDateTime)
        query = query.where(due_now).order_by(DeliveryRow.next_try_at)
    return query.limit(bindparam("limit"))


def _rows() -> Any:
    return (
        select(
            DeliveryRow.id,
            DeliveryRow.edition_id,
            DeliveryRow.letter,
            DeliveryRow.blueprint_id,
            DeliveryRow.slots,
            DeliveryRow.state,
            DeliveryRow.tries,
            DeliveryRow.first_tried_at,
            DeliveryRow.next_try_at,
            func.coalesce(DeliveryRow.address, Subscriber.address).label("address"),
            Subscriber.paused_until,
            Subscription.state.label("subscription"),
            func.coalesce(Suppression.reason, SuppressedDomain.reason).label("suppression"),
        )
        .outerjoin(Subscriber, Subscriber.id == DeliveryRow.subscriber_id)
        .outerjoin(EditionRow, EditionRow.id == DeliveryRow.edition_id)
        .outerjoin(
            Subscription,
            and_(
                Subscription.subscriber_id == Subscriber.id,
                Subscription.newsletter == func.coalesce(EditionRow.newsletter, DeliveryRow.newsletter),
            ),
        )
        .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
        .outerjoin(SuppressedDomain, SuppressedDomain.domain == Subscriber.domain)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )


def reason_gone(row: DueRow, now: datetime) -> str:
    """Why a due delivery must not go out any more; empty where it may."""
    if row.edition_id is not None:
        return reason_to_pass_over(row.subscription, row.paused_until, row.suppression, now)
    return reason_letter_gone(row.letter, row.subscription, row.suppression) if row.address else "erased"


def hold(session: Session, sender_id: int, rows: Sequence[int], uncertain: Collection[int], now: datetime) -> None:
    """Let a sender hold these deliveries; those that were uncertain are sent again for their one time."""
    held = {"state": State.CLAIMED, "sender_id": sender_id, "reason": "", "next_try_at": None, "changed_at": now}
    first, again = [row for row in rows if row not in uncertain], [row for row in rows if row in uncertain]
    for ids, values in ((first, held), (again, held | {"resent": True})):
        if ids:
            session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(ids)).values(values))


def put_off(session: Session, until: Mapping[int, datetime], reason: str, now: datetime) -> None:
    """Let each of these deliveries wait until its time, though nobody has tried it."""
    _update_each(
        session,
        [
            {"row": row, "state": State.DEFERRED, "next_try_at": at, "reason": reason, "changed_at": now}
            for row, at in until.items()
        ],
    )


def leave_out(session: Session, gone: Mapping[int, str], now: datetime) -> None:
    """Pass over deliveries, each for its reason."""
    _update_each(
        session,
        [
            {"row": row, "state": State.LEFT_OUT, "next_try_at": None, "reason": reason, "changed_at": now}
            for row, reason in gone.items()
        ],
    )


def _update_each(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    table = DeliveryRow.__table__
    assert isinstance(table, Table)
    if rows:
        session.connection().execute(update(table).where(table.c.id == bindparam("row")), rows)
