"""Articles that a feed should still have and has not: newer than its oldest item, so they did not leave by age."""

import random
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from digest.models import ArticleRow
from digest.record.contents import LOOKBACK
from digest.record.withdrawals import only_here
from digest.sources.links import canonical
from digest.types import Found

_MOST = 5
"""So many pages are asked after a visit."""


def suspects(session: Session, source: str, found: Found, now: datetime) -> Mapping[int, str]:
    """Numbers and addresses of the articles whose pages must be asked, whether they are still there."""
    dates = [article.published_at for article in found.articles if article.published_at is not None]
    if found.present is not None or len(dates) < len(found.articles) or not dates:
        return {}
    newer = ArticleRow.published_at > max(min(dates), now - LOOKBACK)
    rows = only_here(session, source, ArticleRow, newer & ArticleRow.withdrawn_at.is_(None))
    keys, links = {article.key for article in found.articles}, {canonical(article.url) for article in found.articles}
    there = {row.id for row, key in rows if key in keys or row.link in links}
    missing = {row.id: row.url for row, _ in rows if row.id not in there}
    # By lot, for the same few whose pages are still there must not stand before the others at every visit.
    return dict(random.sample(list(missing.items()), min(_MOST, len(missing))))


def withdraw(session: Session, numbers: list[int], now: datetime) -> None:
    """Mark articles whose pages are gone."""
    session.execute(update(ArticleRow).where(ArticleRow.id.in_(numbers)).values(withdrawn_at=now))
