"""The same piece at two places: a site's entry says “Read at …”, and a source of that outlet has the piece itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from digest.models import ArticleRow, SightingRow

TICK = timedelta(microseconds=1)
"""How much later than the first sight of a row any source but its owner saw it, at least."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Rows that are the same pieces as a source's new items, by the key of each."""

    theirs: Mapping[str, ArticleRow] = field(default_factory=dict)
    """The row is the site's own entry, and says more than the outlet: it stays as it is."""
    ours: Mapping[str, ArticleRow] = field(default_factory=dict)
    """The row is the outlet's, and the item the site's own entry: it takes the row over, or the piece had no topics."""


def elsewhere(session: Session, source: str, items: Mapping[str, Mapping[str, Any]]) -> Elsewhere:
    """Which of a source's unknown items another source already has under the outlet's link."""
    links = {values["link"]: key for key, values in items.items()}
    outlets = {values["outlet_link"]: key for key, values in items.items() if values["outlet_link"]}
    if not links:
        return Elsewhere()
    of_this_source = exists().where(SightingRow.article_id == ArticleRow.id, SightingRow.source == source)
    rows = session.scalars(
        select(ArticleRow).where(or_(ArticleRow.outlet_link.in_(links), ArticleRow.link.in_(outlets)), ~of_this_source)
    )
    theirs: dict[str, ArticleRow] = {}
    ours: dict[str, ArticleRow] = {}
    for row in rows:
        if row.link in outlets:
            ours.setdefault(outlets[row.link], row)
        else:
            theirs.setdefault(links[row.outlet_link], row)
    return Elsewhere({key: row for key, row in theirs.items() if key not in ours}, ours)


def take_over(session: Session, rows: list[ArticleRow]) -> None:
    """Make room for a new owner of these rows: whoever saw them first now only has them too."""
    for row in rows:
        session.execute(
            update(SightingRow)
            .where(SightingRow.article_id == row.id, SightingRow.seen_at == row.first_seen_at)
            .values(seen_at=row.first_seen_at + TICK)
        )
