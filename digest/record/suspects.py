"""Articles that a feed should still have and has not: newer than its oldest item, so they did not leave by age."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from digest.models import ArticleRow, SightingRow
from digest.record.contents import LOOKBACK
from digest.sources.links import canonical
from digest.types import Found

_MOST = 5
"""So many pages are asked after a visit; those that are left are asked after the next."""


def suspects(session: Session, source: str, found: Found, now: datetime) -> Mapping[int, str]:
    """Numbers and addresses of the articles whose pages must be asked, whether they are still there."""
    dates = [article.published_at for article in found.articles if article.published_at is not None]
    if found.present is not None or len(dates) < len(found.articles) or not dates:
        return {}
    elsewhere = aliased(SightingRow)
    rows = session.execute(
        select(ArticleRow.id, ArticleRow.url, ArticleRow.link, SightingRow.key)
        .join(SightingRow, SightingRow.article_id == ArticleRow.id)
        .where(
            SightingRow.source == source,
            ArticleRow.withdrawn_at.is_(None),
            ArticleRow.published_at > max(min(dates), now - LOOKBACK),
            ~exists().where(elsewhere.article_id == ArticleRow.id, elsewhere.source != source),
        )
        .order_by(ArticleRow.published_at.desc())
    ).all()
    keys, links = {article.key for article in found.articles}, {canonical(article.url) for article in found.articles}
    there = {row.id for row in rows if row.key in keys or row.link in links}
    missing = {row.id: row.url for row in rows if row.id not in there}
    return dict(list(missing.items())[:_MOST])


def withdraw(session: Session, numbers: list[int], now: datetime) -> None:
    """Mark articles whose pages are gone."""
    session.execute(update(ArticleRow).where(ArticleRow.id.in_(numbers)).values(withdrawn_at=now))
