"""The REST interface of The Events Calendar, a WordPress plug-in that half the sites with events use."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from digest.errors import SourceError
from digest.sources import links
from digest.sources._dates import parse_date, zone_named
from digest.sources._happenings import mode_of
from digest.sources._text import excerpt, html_title, html_to_text, plain
from digest.types import FoundEvent, Page

Record = dict[str, Any]


def recognises(page: Page) -> bool:
    """Whether a page is an answer of it."""
    return "tribe/events" in page.url and page.body.lstrip()[:1] == b"{"


def read(page: Page, zone: ZoneInfo) -> tuple[list[FoundEvent], list[str], str]:
    """The events of one page, those passed over in words, and the next page's address. Raises SourceError."""
    try:
        answer = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{page.url} gave no JSON") from error
    records = answer.get("events") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise SourceError(f"{page.url} gave no list of events; is this The Events Calendar?")
    events, problems = [], []
    for number, record in enumerate(records, 1):
        event = _event(record, page.url, zone) if isinstance(record, dict) else None
        if event is None:
            problems.append(f"event {number} has no title, start or link, and was passed over")
        else:
            events.append(event)
    return events, problems, links.absolute(_text(answer, "next_rest_url"), page.url)


def _event(record: Record, base: str, zone: ZoneInfo) -> FoundEvent | None:
    own_zone = zone_named(_text(record, "timezone")) or zone
    title = html_title(_text(record, "title"))
    url = links.untracked(links.absolute(_text(record, "url"), base))
    starts_at = parse_date(_text(record, "utc_start_date") + "Z", own_zone) or parse_date(
        _text(record, "start_date"), own_zone
    )
    if not title or not url or starts_at is None:
        return None
    ends_at = parse_date(_text(record, "utc_end_date") + "Z", own_zone)
    place = _place(record.get("venue"))
    said = "virtual" if record.get("is_virtual") is True else mode_of(place, title)
    return FoundEvent(
        key=f"event {record.get('id')}",
        title=title,
        url=url,
        starts_at=starts_at,
        ends_at=ends_at if ends_at and ends_at > starts_at else None,
        zone=own_zone.key,
        mode="hybrid" if said == "virtual" and place else said,
        place=place,
        excerpt=excerpt(html_to_text(_text(record, "excerpt") or _text(record, "description"))),
        categories=tuple(dict.fromkeys([*_names(record, "categories"), *_names(record, "tags")])),
    )


def _text(values: Record, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _names(record: Record, name: str) -> list[str]:
    given = record.get(name)
    terms = given if isinstance(given, list) else []
    return list(filter(None, (html_title(_text(term, "name")) for term in terms if isinstance(term, dict))))


def _place(venue: object) -> str:
    if not isinstance(venue, dict):
        return ""
    return plain(
        ", ".join(filter(None, (html_title(_text(venue, part)) for part in ("venue", "address", "city")))), 200
    )
