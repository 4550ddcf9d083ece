"""What the sources found: new articles and events are stored, changed ones updated, and each stays one row.

An article belongs to the source that saw it first; another one that has it too leaves it as it is. Otherwise two
sources that word it differently would change it to and fro at every visit, and break the seal of an edition each time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from digest.models import ArticleRow, EventRow, SightingRow
from digest.record import places, withdrawals
from digest.record.upsert import insert_missing
from digest.sources.links import canonical
from digest.types import FoundArticle, FoundEvent, Visit

_BATCH = 1000
"""Items per statement: SQLite takes 32,766 values in one."""

_READ = frozenset({"title", "kind", "people", "outlet", "outlet_url", "excerpt"})
"""What a reader sees of an article: a change of it is a correction."""

Row = ArticleRow | EventRow
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many articles and events of one visit were new, changed, or known and the same."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


def store(session: Session, visit: Visit, now: datetime, *, most_news: int | None = None) -> Stored:
    """Write what one visit found. Articles without a date are dated `now`; what is known keeps its first sight.

    Only so many articles, the newest, are news where `most_news` says so; the others are the source's archive.
    """
    stored = Stored()
    if visit.found is not None and not visit.found.unchanged:
        articles = [(article.key, _article_values(article)) for article in visit.found.articles]
        if most_news is not None:
            _archive(articles, most_news, now)
        events = [(event.key, _event_values(event)) for event in visit.found.events]
        stored = _store_all(session, visit.name, ArticleRow, articles, now)
        stored += _store_all(session, visit.name, EventRow, events, now)
        withdrawals.note(session, visit.name, visit.found, now)
    return stored


def _archive(articles: Sequence[tuple[str, Values]], most_news: int, now: datetime) -> None:
    """Mark all but the newest. Where dates are missing or equal, a source's own order counts: newest first."""
    newest_first = sorted((values for _, values in articles), key=lambda v: v.get("published_at", now), reverse=True)
    for values in newest_first[most_news:]:
        values["archived"] = True


def _article_values(found: FoundArticle) -> Values:
    date = {} if found.published_at is None else {"published_at": found.published_at}
    return date | {
        "link": canonical(found.url),
        "url": found.url,
        "title": found.title,
        "kind": found.kind.value,
        "outlet": found.outlet,
        "outlet_url": found.outlet_url,
        "outlet_link": _link_of_a_piece(found.outlet_url),
        "people": [{"name": person.name, "role": person.role} for person in found.people],
        "excerpt": found.excerpt,
        "image_url": found.image_url,
        "categories": list(found.categories),
        "tags": list(found.tags),
        "language": found.language,
    }


def _link_of_a_piece(url: str) -> str:
    """What an outlet's own source would call a piece; empty where the link only leads to the outlet."""
    return canonical(url) if url and (urlsplit(url).path.strip("/") or urlsplit(url).query) else ""


def _event_values(found: FoundEvent) -> Values:
    return {
        "link": canonical(found.url),
        "url": found.url,
        "title": found.title,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "zone": found.zone,
        "mode": found.mode,
        "place": found.place,
        "excerpt": found.excerpt,
        "categories": list(found.categories),
    }


def _store_all(
    session: Session, source: str, model: type[Row], items: Sequence[tuple[str, Values]], now: datetime
) -> Stored:
    total = Stored()
    for batch in _batches(items):
        total += _store_batch(session, source, model, batch, now)
    return total


def _batches(items: Sequence[tuple[str, Values]]) -> Iterator[dict[str, Values]]:
    """By key, at most a thousand at a time. Of two items that are the same by key or link, the first counts."""
    seen: set[str] = set()
    batch: dict[str, Values] = {}
    for key, values in items:
        if values["link"] in seen or key in batch:
            continue
        seen.add(values["link"])
        batch[key] = values
        if len(batch) == _BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _store_batch(session: Session, source: str, model: type[Row], batch: Mapping[str, Values], now: datetime) -> Stored:
    known = _known(session, source, model, batch)
    matches = _match(batch, known)
    if model is ArticleRow:
        matches, known = _with_other_places(session, source, batch, matches, known)
    missing = {key: values for key, values in batch.items() if key not in matches}
    ids = _insert(session, model, list(missing.values()), now)
    changed = 0
    for key, row in matches.items():
        row.withdrawn_at = None
        if row.id in known.owned:
            changed += _update(row, batch[key], now)
    seen = _sightings(matches, known, now) | {key: (ids[values["link"]], now) for key, values in missing.items()}
    _note_sightings(session, source, model, seen, batch)
    session.flush()
    return Stored(len(missing), changed, len(matches) - changed)


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows that a batch may mean: by link, by this source's key; and the ids of those that this source saw first."""

    by_link: Mapping[str, Row]
    by_key: Mapping[str, Row]
    owned: frozenset[int]


def _known(session: Session, source: str, model: type[Row], batch: Mapping[str, Values]) -> _Known:
    links = [values["link"] for values in batch.values()]
    rows = _rows(session, model, model.link.in_(links))
    thing = _thing(model)
    sightings = session.execute(
        select(SightingRow.key, thing, SightingRow.seen_at).where(
            SightingRow.source == source, thing.is_not(None), or_(SightingRow.key.in_(batch), thing.in_(rows))
        )
    ).all()
    moved = {row_id for _, row_id, _ in sightings} - rows.keys()
    if moved:
        rows |= _rows(session, model, model.id.in_(moved))
    return _Known(
        by_link={row.link: row for row in rows.values()},
        by_key={key: rows[row_id] for key, row_id, _ in sightings},
        owned=frozenset(row_id for _, row_id, seen_at in sightings if seen_at == rows[row_id].first_seen_at),
    )


def _rows(session: Session, model: type[Row], condition: ColumnElement[bool]) -> dict[int, Row]:
    rows: Iterable[Row] = session.scalars(select(model).where(condition))
    return {row.id: row for row in rows}


def _thing(model: type[Row]) -> Any:
    return SightingRow.article_id if model is ArticleRow else SightingRow.event_id


def _match(batch: Mapping[str, Values], known: _Known) -> dict[str, Row]:
    """Which row each key of a batch means: that of its link, else that of its key; a row is given away once."""
    matches = {key: known.by_link[values["link"]] for key, values in batch.items() if values["link"] in known.by_link}
    taken = {row.id for row in matches.values()}
    for key in batch:
        row = known.by_key.get(key)
        if key not in matches and row is not None and row.id not in taken:
            matches[key] = row
            taken.add(row.id)
    return matches


def _with_other_places(
    session: Session, source: str, batch: Mapping[str, Values], matches: dict[str, Row], known: _Known
) -> tuple[dict[str, Row], _Known]:
    """The matches with what another source has at the outlet's link, and what this source owns by now."""
    taken = {row.id for row in matches.values()}
    unknown = {key: values for key, values in batch.items() if key not in matches}
    found = places.elsewhere(session, source, unknown)
    more: dict[str, Row] = {
        key: row for key, row in (*found.theirs.items(), *found.ours.items()) if row.id not in taken
    }
    places.take_over(session, [row for key, row in found.ours.items() if key in more])
    owned = known.owned | {row.id for key, row in found.ours.items() if key in more}
    return matches | more, replace(known, owned=owned)


def _insert(session: Session, model: type[Row], rows: Sequence[Values], now: datetime) -> dict[str, int]:
    """Insert rows, and return the id of each by its link. Another process may have been first; then its row stays."""
    if not rows:
        return {}
    fresh: Values = {"first_seen_at": now, "updated_at": now}
    if model is ArticleRow:
        fresh |= {"published_at": now, "archived": False}
    session.execute(insert_missing(session, model), [fresh | row for row in rows])
    links = [row["link"] for row in rows]
    return dict(session.execute(select(model.link, model.id).where(model.link.in_(links))).all())


def _update(row: Row, values: Values, now: datetime) -> bool:
    """Bring a row up to date; whether there was anything to change."""
    changes = {name: value for name, value in values.items() if name != "archived" and getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.updated_at = now
    if isinstance(row, ArticleRow) and _READ & changes.keys():
        row.corrected_at = now
    return bool(changes)


def _sightings(matches: Mapping[str, Row], known: _Known, now: datetime) -> dict[str, tuple[int, datetime]]:
    """Keys under which this source was not yet known to have these rows.

    The source that saw a row first is told by the very same moment, so another one's is at least a microsecond later.
    """
    return {
        key: (row.id, row.first_seen_at if row.id in known.owned else max(now, row.first_seen_at + places.TICK))
        for key, row in matches.items()
        if key not in known.by_key
    }


def _note_sightings(
    session: Session,
    source: str,
    model: type[Row],
    seen: Mapping[str, tuple[int, datetime]],
    batch: Mapping[str, Values],
) -> None:
    if seen:
        column = _thing(model).key
        rows = [
            {"source": source, "key": key, column: row_id, "seen_at": at, "url": batch[key]["url"]}
            for key, (row_id, at) in seen.items()
        ]
        session.execute(insert_missing(session, SightingRow), rows)
