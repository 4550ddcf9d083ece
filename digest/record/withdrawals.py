"""What a source has withdrawn: an article that it no longer has, though it gives all that it has."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from digest.models import ArticleRow, SightingRow
from digest.record.contents import LOOKBACK
from digest.sources.links import canonical
from digest.types import Found


def note(session: Session, source: str, found: Found, now: datetime) -> None:
    """Mark what is gone from a source, and unmark what is there again.

    Only what may still enter a letter is looked at. A source that suddenly has nothing at all is broken rather than
    empty, and what another source has too is not withdrawn.
    """
    if not (found.whole and found.articles):
        return
    links, keys = {canonical(article.url) for article in found.articles}, {article.key for article in found.articles}
    there: dict[ArticleRow, bool] = {}
    for row, key in _seen_here_alone(session, source, now):
        there[row] = there.get(row, False) or row.link in links or key in keys
    for row, is_there in there.items():
        row.withdrawn_at = None if is_there else row.withdrawn_at or now


def _seen_here_alone(session: Session, source: str, now: datetime) -> Iterator[tuple[ArticleRow, str]]:
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
