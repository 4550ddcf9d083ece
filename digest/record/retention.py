"""Lets go of what has been kept long enough: old deliveries become counts, old letters go."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

import subscribers
from digest.database import Database
from digest.models import BlueprintRow, DeliveryCountRow, DeliveryRow, DigestRow, EditionRow, FeedbackRow
from digest.record.upsert import dialect_insert
from digest.types import State

_AT_ONCE = 2000
"""Rows changed per transaction: some 100 ms of the write lock."""
_LETTERS_AT_ONCE = 200
_CLOSED = ("sent", "cancelled", "skipped")
_ENDED = (State.SENT, State.FAILED, State.LEFT_OUT, State.UNCERTAIN)
_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Periods:
    """How long what happened is kept, from the day an edition was planned for, a letter from its last change."""

    letters: timedelta
    deliveries: timedelta


KEEP_ALL = Periods(timedelta(days=36500), timedelta(days=36500))


@dataclass(frozen=True, slots=True)
class Thinned:
    """How many rows went."""

    deliveries: int
    blueprints: int


def thin_out(database: Database, periods: Periods, now: datetime) -> Thinned:
    """Thin everything older than its period, in short transactions; each is whole, so a kill loses no count.

    Sign-ups that nobody confirmed go after `subscribers.limits.OPEN_FOR`.
    """
    _repeat(database, lambda session: subscribers.forget_unanswered(session, now, _AT_ONCE))
    deliveries = _repeat(database, lambda session: _count_and_delete(session, now - periods.deliveries))
    _repeat(database, lambda session: _let_go_of_letters(session, now - periods.letters))
    _repeat(database, lambda session: _drop_feedback(session, now - periods.deliveries))
    with database.write() as session:
        # By now no delivery names them.
        old = select(EditionRow.id).where(_closed_before(now - periods.letters))
        session.execute(delete(DigestRow).where(DigestRow.edition_id.in_(old)), execution_options=_QUIETLY)
    blueprints = _repeat(database, lambda session: _drop_blueprints(session, now - periods.letters))
    return Thinned(deliveries, blueprints)


def _repeat(database: Database, work: Callable[[Session], int]) -> int:
    """Do a portion of the work in a transaction of its own until there is none; how many rows it was."""
    total = 0
    while True:
        with database.write() as session:
            done = work(session)
        total += done
        if not done:
            return total


def _closed_before(moment: datetime) -> ColumnElement[bool]:
    return EditionRow.state.in_(_CLOSED) & (EditionRow.planned_at < moment)


def _old(moment: datetime) -> Select[DeliveryRow]:
    """Deliveries of editions closed and planned before a moment, and letters that ended before it."""
    old = select(EditionRow.id).where(_closed_before(moment))
    letter = DeliveryRow.edition_id.is_(None) & DeliveryRow.state.in_(_ENDED) & (DeliveryRow.changed_at < moment)
    return select(DeliveryRow).where(DeliveryRow.edition_id.in_(old) | letter)


def _count_and_delete(session: Session, moment: datetime) -> int:
    columns = (DeliveryRow.id, DeliveryRow.edition_id, DeliveryRow.state, DeliveryRow.reason)
    rows = session.execute(_old(moment).with_only_columns(*columns).limit(_AT_ONCE)).all()
    counts = Counter((row.edition_id, row.state, row.reason) for row in rows if row.edition_id is not None)
    insert = dialect_insert(session, DeliveryCountRow)
    add = insert.on_conflict_do_update(
        index_elements=["edition_id", "state", "reason"], set_={"count": DeliveryCountRow.count + insert.excluded.count}
    )
    for (edition, state, reason), count in counts.items():
        session.execute(add, {"edition_id": edition, "state": state, "reason": reason, "count": count})
    gone = delete(DeliveryRow).where(DeliveryRow.id.in_([row.id for row in rows]))
    if rows:
        session.execute(gone, execution_options=_QUIETLY)  # attempts go with them, by their foreign key
    return len(rows)


def _drop_feedback(session: Session, moment: datetime) -> int:
    ids = session.scalars(select(FeedbackRow.id).where(FeedbackRow.at < moment).limit(_AT_ONCE)).all()
    if ids:
        session.execute(delete(FeedbackRow).where(FeedbackRow.id.in_(ids)), execution_options=_QUIETLY)
    return len(ids)


def _let_go_of_letters(session: Session, moment: datetime) -> int:
    held = DeliveryRow.blueprint_id.is_not(None) | DeliveryRow.digest_id.is_not(None)
    ids = session.scalars(_old(moment).with_only_columns(DeliveryRow.id).where(held).limit(_AT_ONCE)).all()
    nothing = {"blueprint_id": None, "digest_id": None, "slots": None}
    if ids:
        session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(ids)).values(nothing), execution_options=_QUIETLY)
    return len(ids)


def _drop_blueprints(session: Session, moment: datetime) -> int:
    ids = session.scalars(
        select(BlueprintRow.id)
        .where(
            BlueprintRow.created_at < moment,
            ~select(DeliveryRow.id).where(DeliveryRow.blueprint_id == BlueprintRow.id).exists(),
            BlueprintRow.id.not_in(select(DigestRow.blueprint_id)),
        )
        .limit(_LETTERS_AT_ONCE)
    ).all()
    if ids:
        session.execute(delete(BlueprintRow).where(BlueprintRow.id.in_(ids)), execution_options=_QUIETLY)
    return len(ids)
