"""What a source has withdrawn: an article or event that it no longer has, though it tells all that it has."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from digest.models import ArticleRow, EventRow, SightingRow
from digest.record.contents import LOOKBACK
from digest.sources.links import canonical
from digest.types import Found

Row = ArticleRow | EventRow
Thing = TypeVar("Thing", ArticleRow, EventRow)


def note(session: Session, source: str, found: Found, now: datetime) -> None:
    """Mark what is gone from a source, and unmark what is there again: articles, and events to come.

    Only what may still enter a letter is looked at. A source that suddenly has nothing at all is broken rather than
    empty, and what another source has too is not withdrawn.
    """
    if not found.present and not found.gone:
        return
    links = {canonical(article.url) for article in found.articles} | {canonical(event.url) for event in found.events}
    there: dict[Row, bool] = {}
    rows: list[tuple[Row, str]] = [
        *only_here(session, source, ArticleRow, ArticleRow.published_at > now - LOOKBACK),
        *only_here(session, source, EventRow, EventRow.starts_at > now),
    ]
    for row, key in rows:
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


def only_here(
    session: Session, source: str, model: type[Thing], may_be_told: ColumnElement[bool]
) -> list[tuple[Thing, str]]:
    """What no other source has, each with the keys that it has here."""
    elsewhere = aliased(SightingRow)
    thing, there = (
        (SightingRow.article_id, elsewhere.article_id)
        if model is ArticleRow
        else (SightingRow.event_id, elsewhere.event_id)
    )
    rows = session.execute(
        select(model, SightingRow.key)
        .join(SightingRow, thing == model.id)
        .where(
            SightingRow.source == source, may_be_told, ~exists().where(there == model.id, elsewhere.source != source)
        )
    )
    return [(row, key) for row, key in rows]
