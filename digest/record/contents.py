"""What an edition says: chosen from the stored articles while it is a draft, read from its seal afterwards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.models import ArticleRow, EditionRow, EventRow
from digest.types import Article, Content, Event, Kind, Person, Traits

TopicsOf = Callable[[Traits], tuple[str, ...]]
"""Which topics on offer an article or event belongs to."""

LOOKBACK = timedelta(days=92)
"""How far back an edition reaches for readers who come from a pause or a monthly rhythm."""

_CONTENT = TypeAdapter(Content)


def draft(session: Session, edition: EditionRow, frame: Content, topics_of: TopicsOf, max_age: timedelta) -> Content:
    """The content of a draft as it stands now: the frame filled with what is new, and staff's edits applied."""
    offered = {topic.slug for topic in frame.topics}

    def topics(row: ArticleRow | EventRow) -> tuple[str, ...]:
        return tuple(slug for slug in topics_of(traits(row)) if slug in offered)

    edits = edition.edits
    hidden = set(edits.get("hidden", []))
    articles = [_article(row, topics(row)) for row in _candidates(session, edition.cutoff_at, max_age)]
    return replace(
        frame,
        planned_at=edition.planned_at,
        articles=tuple(_moved([a for a in articles if a.id not in hidden], edits.get("moves", []))),
        events=tuple(_event(row, topics(row)) for row in _coming(session, edition)),
        subject=edits.get("subject", ""),
        intro=edits.get("intro", ""),
        lead=edits.get("lead"),
    )


def traits(row: ArticleRow | EventRow) -> Traits:
    """What the rules of topics look at."""
    if isinstance(row, EventRow):
        return Traits(row.title, row.url, tuple(row.categories))
    names = tuple(person["name"] for person in row.people)
    return Traits(row.title, row.url, tuple(row.categories), tuple(row.tags), names)


def cutoff(session: Session, now: datetime) -> datetime:
    """Up to where an edition drafted now reaches: all that is stored, also by a machine whose clock is ahead."""
    return max(now, session.scalar(select(func.max(ArticleRow.first_seen_at))) or now)


def _candidates(session: Session, cutoff_at: datetime, max_age: timedelta) -> list[ArticleRow]:
    rows = session.scalars(
        select(ArticleRow)
        .where(
            ArticleRow.first_seen_at <= cutoff_at,
            ArticleRow.first_seen_at > cutoff_at - LOOKBACK,
            ArticleRow.withdrawn_at.is_(None),
            ArticleRow.archived.is_(False),
        )
        .order_by(ArticleRow.published_at.desc(), ArticleRow.id.desc())
    )
    return [row for row in rows if row.published_at >= row.first_seen_at - max_age]


def _coming(session: Session, edition: EditionRow) -> Sequence[EventRow]:
    return session.scalars(
        select(EventRow)
        .where(
            EventRow.first_seen_at <= edition.cutoff_at,
            EventRow.starts_at > edition.planned_at,
            EventRow.withdrawn_at.is_(None),
        )
        .order_by(EventRow.starts_at, EventRow.id)
    ).all()


def _moved(articles: list[Article], moves: Sequence[Sequence[int]]) -> list[Article]:
    for number, place in moves:
        for article in [a for a in articles if a.id == number]:
            articles.remove(article)
            articles.insert(max(place - 1, 0), article)
    return articles


def _article(row: ArticleRow, topics: tuple[str, ...]) -> Article:
    return Article(
        id=row.id,
        title=row.title,
        url=row.url,
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
        kind=Kind(row.kind),
        outlet=row.outlet,
        outlet_url=row.outlet_url,
        people=tuple(Person(**person) for person in row.people),  # type: ignore[arg-type]
        excerpt=row.excerpt,
        image_url=row.image_url,
        topics=topics,
    )


def _event(row: EventRow, topics: tuple[str, ...]) -> Event:
    return Event(
        id=row.id,
        title=row.title,
        url=row.url,
        starts_at=row.starts_at,
        first_seen_at=row.first_seen_at,
        ends_at=row.ends_at,
        zone=row.zone,
        mode=row.mode,
        place=row.place,
        excerpt=row.excerpt,
        topics=topics,
    )


def event(session: Session, number: int) -> tuple[Event, datetime] | None:
    """An event that its source still announces, and when it last changed; None where there is none."""
    row = session.get(EventRow, number)
    return None if row is None or row.withdrawn_at is not None else (_event(row, ()), row.updated_at)


def seal(content: Content) -> dict[str, Any]:
    """The stored form of a content."""
    sealed: dict[str, Any] = _CONTENT.dump_python(content, mode="json")
    return sealed


def unseal(sealed: dict[str, Any]) -> Content:
    """A content back from its stored form."""
    return _CONTENT.validate_python(sealed)


def earlier(session: Session, edition: EditionRow) -> Iterator[tuple[datetime, Content]]:
    """Up to where each edition of the newsletter before this one reached, and what it said, oldest first."""
    rows = session.execute(
        select(EditionRow.cutoff_at, EditionRow.sealed)
        .where(
            EditionRow.newsletter == edition.newsletter,
            EditionRow.id != edition.id,
            EditionRow.frozen_at.is_not(None),
            EditionRow.state.in_(("sending", "paused", "sent")),
            EditionRow.cutoff_at > edition.cutoff_at - LOOKBACK,
        )
        .order_by(EditionRow.frozen_at)
    )
    return ((row.cutoff_at, unseal(row.sealed)) for row in rows if row.sealed is not None)


def drifted(session: Session, content: Content) -> tuple[list[str], list[str]]:
    """What its sources have changed and what they have withdrawn since a content was sealed: `article “Title”`."""
    articles = {row.id: row for row in session.scalars(select(ArticleRow).where(ArticleRow.id.in_(_ids(content))))}
    numbers = [event.id for event in content.events]
    events = {row.id: row for row in session.scalars(select(EventRow).where(EventRow.id.in_(numbers)))}
    changed: list[str] = []
    withdrawn: list[str] = []
    for article in content.articles:
        row = articles.get(article.id)
        if row is None or row.withdrawn_at is not None:
            withdrawn.append(f"article “{article.title}”")
        elif _read(_article(row, ())) != _read(article):
            changed.append(f"article “{article.title}”")
    for event in content.events:
        announced = events.get(event.id)
        if announced is None or announced.withdrawn_at is not None:
            withdrawn.append(f"event “{event.title}”")
        elif _told(_event(announced, ())) != _told(event):
            changed.append(f"event “{event.title}”")
    return changed, withdrawn


def _read(article: Article) -> tuple[object, ...]:
    """What a reader sees of an article."""
    fields = (article.title, article.url, article.kind, article.people, article.outlet, article.outlet_url)
    return (*fields, article.excerpt)


def _told(event: Event) -> tuple[object, ...]:
    """What a reader is told of an event."""
    return (event.title, event.url, event.starts_at, event.ends_at, event.mode, event.place)


def _ids(content: Content) -> list[int]:
    return [article.id for article in content.articles]
