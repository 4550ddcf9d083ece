"""What a source has withdrawn: an article or event that it no longer has, though it tells all that it has."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from digest.models import ArticleRow, EventRow, SightingRow
from digest.record.contents import LOOKBACK
from digest.sources.links import canonical
from digest.types import Found

Row = ArticleRow | EventRow


def note(session: Session, source: str, found: Found, now: datetime) -> None:
    """Mark what is gone from a source, and unmark what is there again: articles, and events to come.

    Only what may still enter a letter is looked at. A source that suddenly has nothing at all is broken rather than
    empty, and what another source has too is not withdrawn.
    """
    if not found.present and not found.gone:
        return
    links = {canonical(article.url) for article in found.articles} | {canonical(event.url) for event in found.events}
    there: dict[Row, bool] = {}
    for row, key in (*_articles(session, source, now), *_events(session, source, now)):
        is_there = _is_there(key, found)
        if is_there is not None:
            there[row] = there.get(row, False) or is_there or row.link in links
    for row, is_there in there.items():
        row.withdrawn_at = None if is_there else row.withdrawn_at or now


def _is_there(key: str, found: Found) -> bool | None:
    """Whether a source still has what it calls `key`; None: it does not say."""
    if key in found.gone:
        return False
    return key in found.present if found.present else None


def _articles(session: Session, source: str, now: datetime) -> Iterable[tuple[Row, str]]:
    """Those that no other source has, each with the keys that it has here."""
    elsewhere = aliased(SightingRow)
    rows = session.execute(
        select(ArticleRow, SightingRow.key)
        .join(SightingRow, SightingRow.article_id == ArticleRow.id)
        .where(
            SightingRow.source == source,
            ArticleRow.published_at > now - LOOKBACK,
            ~exists().where(elsewhere.article_id == ArticleRow.id, elsewhere.source != source),
        )
    )
    return ((row, key) for row, key in rows)


def _events(session: Session, source: str, now: datetime) -> Iterable[tuple[Row, str]]:
    elsewhere = aliased(SightingRow)
    rows = session.execute(
        select(EventRow, SightingRow.key)
        .join(SightingRow, SightingRow.event_id == EventRow.id)
        .where(
            SightingRow.source == source,
            EventRow.starts_at > now,
            ~exists().where(elsewhere.event_id == EventRow.id, elsewhere.source != source),
        )
    )
    return ((row, key) for row, key in rows)
