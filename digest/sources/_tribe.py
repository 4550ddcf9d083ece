"""The REST interface of The Events Calendar, a WordPress plug-in that half the sites with events use."""

import json
from zoneinfo import ZoneInfo

from digest.errors import SourceError
from digest.sources import links
from digest.sources._dates import parse_date, zone_named
from digest.sources._happenings import mode_of
from digest.sources._members import Record, record_in, records_in, text_in
from digest.sources._text import excerpt, html_title, html_to_text, plain
from digest.types import FoundEvent, Page


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
    return events, problems, links.absolute(text_in(answer, "next_rest_url"), page.url)


def _event(record: Record, base: str, zone: ZoneInfo) -> FoundEvent | None:
    own_zone = zone_named(text_in(record, "timezone")) or zone
    title = html_title(text_in(record, "title"))
    url = links.untracked(links.absolute(text_in(record, "url"), base))
    starts_at = parse_date(text_in(record, "utc_start_date") + "Z", own_zone) or parse_date(
        text_in(record, "start_date"), own_zone
    )
    if not title or not url or starts_at is None:
        return None
    ends_at = parse_date(text_in(record, "utc_end_date") + "Z", own_zone)
    place = _place(record_in(record, "venue"))
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
        excerpt=excerpt(html_to_text(text_in(record, "excerpt") or text_in(record, "description"))),
        categories=tuple(dict.fromkeys([*_names(record, "categories"), *_names(record, "tags")])),
    )


def _names(record: Record, name: str) -> list[str]:
    return list(filter(None, (html_title(text_in(term, "name")) for term in records_in(record, name))))


def _place(venue: Record) -> str:
    return plain(
        ", ".join(filter(None, (html_title(text_in(venue, part)) for part in ("venue", "address", "city")))), 200
    )
