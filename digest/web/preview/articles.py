"""The articles of an edition with their numbers, which `digest edit` takes, and where each stands in one letter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as rows_where

from digest.compose import Selection, select
from digest.compose.dates import long_date
from digest.desk import Desk
from digest.models import ArticleRow
from digest.types import Article, Content, DigestKey


@dataclass(frozen=True, slots=True)
class Line:
    """One article of the list. `place` is what `--move` counts; None for a hidden one."""

    number: int
    title: str
    url: str
    date: str
    topics: str
    place: int | None
    where: str
    """Where it stands in this letter, or why it is not in it."""
    is_in: bool
    is_old: bool = False
    """Whether this reader's window starts after it; one back from a pause may still get it."""


def list_articles(desk: Desk, edition: int, content: Content, key: DigestKey | None) -> list[Line]:
    """Every article that some reader of the edition may get, in its order; then those that staff have hidden."""
    places = _places(select(content, key)) if key else {}
    since = key.since if key else desk.usual_window(edition)
    waiting = {*key.before, *key.held} if key else set()
    names = {topic.slug: topic.name for topic in content.topics}
    shown = [
        Line(
            number=article.id,
            title=article.title,
            url=article.url,
            date=long_date(article.published_at, content.zone),
            topics=", ".join(names[slug] for slug in article.topics),
            place=place,
            where=places.get(article.id) or _absence(article, key, since),
            is_in=article.id in places,
            is_old=_is_old(article, since) and article.id not in waiting,
        )
        for place, article in enumerate(content.articles, start=1)
    ]
    return [*shown, *_hidden(desk, edition, content)]


def _places(selection: Selection) -> dict[int, str]:
    places = {selection.lead.article.id: "Lead"} if selection.lead else {}
    for section in selection.sections:
        places |= {item.article.id: f"Under {section.topic.name}" for item in section.items}
    return places


def _absence(article: Article, key: DigestKey | None, since: datetime | None) -> str:
    if not article.topics:
        return "Matches no topic"
    if key and article.id in key.held:
        return "Waits until there is more on its topic"
    if _is_old(article, since):
        return "Not new to this reader"
    return "Other topics"


def _is_old(article: Article, since: datetime | None) -> bool:
    return since is not None and article.first_seen_at <= since


def _hidden(desk: Desk, edition: int, content: Content) -> Iterator[Line]:
    numbers = desk.standing(edition).edits.get("hidden", [])
    columns = ArticleRow.id, ArticleRow.title, ArticleRow.url, ArticleRow.published_at
    with desk.database.read() as session:
        rows = session.execute(rows_where(*columns).where(ArticleRow.id.in_(numbers)).order_by(ArticleRow.id)).all()
    for row in rows:
        date = long_date(row.published_at, content.zone)
        yield Line(row.id, row.title, row.url, date, "", place=None, where="Hidden", is_in=False)
