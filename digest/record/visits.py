"""What is known of each source from the visits to it, and which are to be asked."""

import random
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.models import ArticleRow, SightingRow, SourceRow
from digest.record import health
from digest.types import Validators, Visit

Addresses = Mapping[str, str]
"""Where each source of config.yaml is, by its name."""

_MOST_ARTICLES = 1000
"""That many tell what is usual."""


def validators(session: Session, addresses: Addresses) -> dict[str, Validators]:
    """What each source's server wants to see again, by the source's name."""
    return {name: Validators(row.etag, row.last_modified) for name, row in _known(session, addresses).items()}


def due(session: Session, addresses: Addresses, now: datetime, *, asked_before: datetime | None = None) -> list[str]:
    """Those of the sources whose turn it is by the clock, and those last asked before a moment, if one is given."""
    known = _known(session, addresses)
    return [
        name
        for name in addresses
        if _may_be_asked(known.get(name), now) and _is_due(known.get(name), now, asked_before)
    ]


def may_be_asked(session: Session, addresses: Addresses, now: datetime) -> list[str]:
    """Those of the sources that are not paused and whose server does not want to be left alone."""
    known = _known(session, addresses)
    return [name for name in addresses if _may_be_asked(known.get(name), now)]


def _known(session: Session, addresses: Addresses) -> dict[str, SourceRow]:
    """The rows of sources that were visited where they are now."""
    rows = session.scalars(select(SourceRow))
    return {row.name: row for row in rows if row.address in ("", addresses.get(row.name))}


def _may_be_asked(row: SourceRow | None, now: datetime) -> bool:
    return row is None or (row.paused_at is None and (row.wait_until is None or row.wait_until <= now))


def _is_due(row: SourceRow | None, now: datetime, asked_before: datetime | None) -> bool:
    if row is None or row.next_at is None or row.next_at <= now:
        return True
    return asked_before is not None and (row.checked_at is None or row.checked_at < asked_before)


def source(session: Session, name: str, address: str) -> SourceRow:
    """The row of a source; a new one before its first visit, and before the first at another address."""
    row = session.get(SourceRow, name)
    if row is not None and row.address not in ("", address):
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        row = SourceRow(name=name, failures=0)
        session.add(row)
    row.address = address
    return row


def note(session: Session, row: SourceRow, visit: Visit, new: int, now: datetime) -> None:
    """Write down how a visit went that brought so much new, and when the next is due."""
    row.checked_at, row.error = now, visit.error
    row.wait_until = health.wait_until(now, visit.retry_after)
    if visit.found is None:
        _note_failure(row, visit, now)
    else:
        _note_success(session, row, visit, new, now)
    # Seldom the same for two sources, so that they are not all asked at once.
    row.next_at = None if row.paused_at else health.next_check(row, now, random.random())  # noqa: S311


def _note_failure(row: SourceRow, visit: Visit, now: datetime) -> None:
    row.failures += 1
    row.failing_since = row.failing_since or now
    if health.is_lost(row, visit.status, now):
        row.paused_at = row.paused_at or now


def _note_success(session: Session, row: SourceRow, visit: Visit, new: int, now: datetime) -> None:
    assert visit.found is not None
    row.failures, row.failing_since, row.paused_at, row.succeeded_at = 0, None, None, now
    row.moved_to = visit.moved_to
    if not visit.found.unchanged:
        row.etag, row.last_modified = visit.found.validators.etag, visit.found.validators.last_modified
        row.problems = list(visit.found.problems)
    if new:
        row.last_new_at = now
        _note_usual(session, row, now)


def _note_usual(session: Session, row: SourceRow, now: datetime) -> None:
    """What comes later than `now` is an announcement, not a publication."""
    published = session.scalars(
        select(ArticleRow.published_at)
        .join(SightingRow, SightingRow.article_id == ArticleRow.id)
        .where(SightingRow.source == row.name, ArticleRow.published_at <= now)
        .order_by(ArticleRow.published_at.desc())
        .limit(_MOST_ARTICLES)
    ).all()
    if published:
        row.newest_at = published[0]
        usual = health.usual(moment for moment in published if moment > row.newest_at - health.LOOKBACK)
        row.per_day, row.days_apart = (usual.per_day, usual.distance) if usual else (None, None)
