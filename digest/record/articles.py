"""Articles and events as they are stored: listed, or one looked up by its number or address."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from digest.models import ArticleRow, EventRow, SightingRow
from digest.record.contents import TopicsOf, traits
from digest.sources.links import absolute, canonical

Row = dict[str, Any]


def listed(session: Session, topics_of: TopicsOf) -> list[Row]:
    """Every article, newest first, then every event, the last to come first; each with the places it was seen at."""
    places = _places(session)
    articles = session.scalars(select(ArticleRow).order_by(ArticleRow.published_at.desc(), ArticleRow.id.desc()))
    events = session.scalars(select(EventRow).order_by(EventRow.starts_at.desc(), EventRow.id.desc()))
    return [
        *({**_article(row, topics_of), "places": places.get(("article", row.id), [])} for row in articles),
        *({**_event(row, topics_of), "places": places.get(("event", row.id), [])} for row in events),
    ]


def find(session: Session, name: str) -> Iterator[ArticleRow | EventRow]:
    """What a number (`12`), the number of an event (`event 3`) or an address names; an address may name several."""
    kind, _, number = name.rpartition(" ")
    if number.isdecimal() and len(number) < 10 and kind in ("", "article", "event"):
        found = session.get(EventRow, int(number)) if kind == "event" else session.get(ArticleRow, int(number))
        if found is not None:
            yield found
    elif absolute(name):
        link = canonical(absolute(name))
        yield from session.scalars(
            select(ArticleRow).where(or_(ArticleRow.link == link, ArticleRow.outlet_link == link))
        )
        yield from session.scalars(select(EventRow).where(EventRow.link == link))


def named(session: Session, name: str, topics_of: TopicsOf) -> list[Row]:
    """What a name stands for, as it is listed."""
    rows = find(session, name)
    return [_article(row, topics_of) if isinstance(row, ArticleRow) else _event(row, topics_of) for row in rows]


def _article(row: ArticleRow, topics_of: TopicsOf) -> Row:
    people = {role: [one["name"] for one in row.people if one["role"] == role] for role in ("by", "featuring")}
    return {
        "article": row.id,
        "kind": row.kind,
        "title": row.title,
        "url": row.url,
        "published_at": row.published_at,
        **people,
        "topics": list(topics_of(traits(row))),
        "categories": row.categories,
        "tags": row.tags,
        "outlet": row.outlet,
        "outlet_url": row.outlet_url,
        "excerpt": row.excerpt,
        "image_url": row.image_url,
        "language": row.language,
        "first_seen_at": row.first_seen_at,
        "corrected_at": row.corrected_at,
        "withdrawn_at": row.withdrawn_at,
    }


def _event(row: EventRow, topics_of: TopicsOf) -> Row:
    return {
        "event": row.id,
        "kind": "event",
        "title": row.title,
        "url": row.url,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "zone": row.zone,
        "mode": row.mode,
        "place": row.place,
        "topics": list(topics_of(traits(row))),
        "categories": row.categories,
        "excerpt": row.excerpt,
        "first_seen_at": row.first_seen_at,
        "withdrawn_at": row.withdrawn_at,
    }


def _places(session: Session) -> dict[tuple[str, int], list[Row]]:
    """Which sources have what, and where, in the order they saw it."""
    found: dict[tuple[str, int], dict[str, Row]] = {}
    for row in session.scalars(select(SightingRow).order_by(SightingRow.seen_at)):
        thing = ("article", row.article_id) if row.article_id is not None else ("event", row.event_id or 0)
        place = {"source": row.source, "url": row.url, "seen_at": row.seen_at}
        found.setdefault(thing, {}).setdefault(row.source, place)
    return {thing: list(places.values()) for thing, places in found.items()}
