"""iCalendar (RFC 5545) read into events: recurrences as single dates, cancelled ones left out."""

import math
import re
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar import Component
from icalendar.error import GloballyUniqueTZIDGuessed

from digest.errors import SourceError
from digest.sources import links
from digest.sources._dates import zone_named
from digest.sources._happenings import mode_of
from digest.sources._text import cut, excerpt, html_title, html_to_text, plain
from digest.types import FoundEvent, Page

_HORIZON = timedelta(days=92)
"""How far ahead the dates of what recurs are told."""
_MOST_DATES = 100
_NOON = 12
# A rule that fires every second from some January on takes more than a minute for a window of ten (measured); and what
# happens every hour is no event that a letter announces.
_TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_MOST_PER_DAY = 24
_MOST_STEPS = 40_000
"""Dates from the first up to today, over which a rule is walked: a century of days, in half a second."""
_SECONDS = 10.0
"""How long a calendar's rules may take altogether. What is not reached is told by its first date."""
_BEGIN_OR_END = re.compile(rb"(BEGIN|END):(.{1,40})", re.IGNORECASE)
_LINE = re.compile(rb"[ \t]|[A-Za-z][\w-]*[;:]")
_TIME_ZONES = re.compile(rb"^BEGIN:VTIMEZONE.*?^END:VTIMEZONE[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_DEEPEST = 100

# A zone like /mozilla.org/20070129_1/America/New_York is understood, with a warning that nobody would read.
warnings.filterwarnings("ignore", category=GloballyUniqueTZIDGuessed)


@dataclass(frozen=True, slots=True)
class Events:
    """What a calendar holds."""

    events: tuple[FoundEvent, ...]
    problems: tuple[str, ...]


def recognises(body: bytes) -> bool:
    """Whether bytes are a calendar, or events without one around them."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:12].upper() in (b"BEGIN:VCALEN", b"BEGIN:VEVENT")


def read(page: Page, zone: ZoneInfo, now: datetime, seconds: float = _SECONDS) -> Events:
    """Its events, of what recurs the dates in the next 92 days. Raises SourceError where it is no calendar.

    Times that name no zone, or one that nobody knows, are in that of the calendar, else in `zone`.
    """
    calendars = _parsed(page.body)
    if not calendars:
        raise SourceError("the calendar is broken and nothing in it can be read")
    found: list[FoundEvent] = []
    problems: list[str] = []
    deadline = time.monotonic() + seconds
    for calendar in calendars:
        reading = _Reading(page, _zone_of(calendar, zone), now, deadline)
        for number, series in enumerate(_series(calendar), 1):
            try:
                found += reading.dates(series)
            except _PassedOverError as error:
                problems.append(f"event {number} {error} and was passed over")
            except Exception as error:  # a broken property raises when it is looked at, as whatever it likes
                problems.append(f"event {number} cannot be read ({type(error).__name__}) and was passed over")
    return Events(tuple(_with_own_links(found)), tuple(problems))


class _PassedOverError(Exception):
    pass


def _parsed(body: bytes) -> Sequence[Component]:
    """The calendars in a file; where they cannot be read as they are, what is left of them after mending."""
    for attempt in (body, _mended(body)):
        try:
            found = list(icalendar.Calendar.from_ical(attempt, multiple=True))
        except Exception:  # noqa: S112  # it raises whatever strikes it: ValueError, KeyError, IndexError, …
            continue
        if found:
            return found
    return []


def _mended(body: bytes) -> bytes:
    """Without lines that are none (RFC 5545, section 3.1), without time zones, and every part ended that began."""
    kept: list[bytes] = []
    open_parts: list[bytes] = []
    for line in _TIME_ZONES.sub(b"", body + b"\r\n").splitlines():
        begins = _BEGIN_OR_END.fullmatch(line.strip())
        if begins and begins[1].upper() == b"BEGIN" and len(open_parts) < _DEEPEST:
            open_parts.append(begins[2].upper())
            kept.append(line)
        elif begins and begins[2].upper() in open_parts:
            while (part := open_parts.pop()) != begins[2].upper():
                kept.append(b"END:" + part)
            kept.append(line)
        elif not begins and _LINE.match(line):
            kept.append(line)
    return b"\r\n".join([*kept, *(b"END:" + part for part in reversed(open_parts)), b""])


def _zone_of(calendar: Component, zone: ZoneInfo) -> ZoneInfo:
    return zone_named(_text(calendar, "X-WR-TIMEZONE")) or zone


def _series(calendar: Component) -> list[list[Component]]:
    """The events, those with one UID together: a changed date of a series is an event of its own beside it."""
    by_uid: dict[str, list[Component]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        by_uid.setdefault(str(event.get("UID") or f"without {number}"), []).append(event)
    # Some programs give every event the same UID, or none: without a recurrence each is one.
    return [
        part
        for events in by_uid.values()
        for part in ([events] if any(one.get("RECURRENCE-ID") or one.get("RRULE") for one in events) else
                     [[one] for one in events])
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reading:
    page: Page
    zone: ZoneInfo
    now: datetime
    deadline: float
    """On the monotonic clock."""

    def dates(self, series: list[Component]) -> list[FoundEvent]:
        """The single dates of one event or one series. Raises _PassedOverError."""
        recurring = any(one.get("RRULE") or one.get("RDATE") for one in series)
        single = [event for one in series if (event := self._event(one)) is not None]
        if not recurring:
            return single
        if any(_is_hectic(rule) for one in series for rule in _rules(one)):
            raise _PassedOverError("repeats every hour or more often")
        first = min((event.starts_at for event in single), default=self.now)
        if time.monotonic() > self.deadline or (self.now - first).days * _most_per_day(series) > _MOST_STEPS:
            return single[:1]
        try:
            occurrences = list(self._occurrences(series))
        except Exception:  # of rules that contradict themselves it raises whatever strikes it
            return single[:1]
        found = [event for one in occurrences if (event := self._event(one)) is not None]
        # What is over, or begins only later, is told by its first date.
        return found or ([] if occurrences else single[:1])

    def _occurrences(self, series: list[Component]) -> Iterator[Component]:
        calendar = icalendar.Calendar()
        for one in series:
            calendar.add_component(one)
        found = recurring_ical_events.of(calendar, skip_bad_series=True)
        for count, one in enumerate(found.between(self.now - timedelta(days=1), self.now + _HORIZON)):
            if count == _MOST_DATES:
                return
            yield one

    def _event(self, event: Component) -> FoundEvent | None:
        """One date; None where it is cancelled. Raises _PassedOverError where it has no start."""
        if _text(event, "STATUS").upper() == "CANCELLED":
            return None
        starts_at, zone = self._moment(event, "DTSTART")
        if starts_at is None:
            raise _PassedOverError("has no start that can be read")
        place, words = plain(_text(event, "LOCATION"), 200), html_to_text(_text(event, "DESCRIPTION"))
        title = html_title(_text(event, "SUMMARY")) or cut(words, 80) or place or "Event"
        key = f"{plain(_text(event, 'UID'), 180) or self._url(event) or title} {starts_at:%Y%m%dT%H%M}"
        return FoundEvent(
            key=key,
            title=title,
            url=self._url(event) or links.for_item(self.page.url, key),
            starts_at=starts_at,
            ends_at=self._end(event, starts_at),
            zone=zone.key,
            mode=mode_of(place, title, words),
            place="" if place.startswith(("http://", "https://")) else place,
            excerpt=excerpt(words),
            categories=tuple(dict.fromkeys(_categories(event))),
        )

    def _url(self, event: Component) -> str:
        return links.untracked(links.absolute(_text(event, "URL"), self.page.url))

    def _moment(self, event: Component, name: str) -> tuple[datetime | None, ZoneInfo]:
        """A moment as UTC, and the zone it is announced in. A day alone means noon."""
        try:
            value: Any = event.decoded(name, None)
        except (ValueError, KeyError, TypeError, AttributeError):
            value = None
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, datetime):
            # UTC is how programs store a moment, and no zone that people announce one in.
            zone = zone_named(str(getattr(value.tzinfo, "key", "")).removeprefix("UTC")) or self.zone
            aware = value if value.tzinfo else value.replace(tzinfo=self.zone)
            return _utc(aware), zone
        if isinstance(value, date):
            return _utc(datetime(value.year, value.month, value.day, _NOON, tzinfo=self.zone)), self.zone
        return None, self.zone

    def _end(self, event: Component, starts_at: datetime) -> datetime | None:
        ends_at, _ = self._moment(event, "DTEND")
        try:
            lasts = event.decoded("DURATION", None)
            if ends_at is None and isinstance(lasts, timedelta):
                ends_at = starts_at + lasts
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return None
        return ends_at if ends_at and ends_at > starts_at else None


def _rules(event: Component) -> list[Any]:
    rules = event.get("RRULE")
    return rules if isinstance(rules, list) else [rules] if rules else []


def _is_hectic(rule: Any) -> bool:
    if not isinstance(rule, dict):
        return False
    return _per_day(rule) > _MOST_PER_DAY or any(str(one).upper() in _TOO_OFTEN for one in rule.get("FREQ", ()))


def _per_day(rule: Any) -> int:
    if not isinstance(rule, dict):
        return 1
    return math.prod(max(1, len(rule.get(part, ()))) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _most_per_day(series: list[Component]) -> int:
    return max((_per_day(rule) for one in series for rule in _rules(one)), default=1)


def _utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):  # the years 1 and 9999
        return None


def _text(event: Component, name: str) -> str:
    value = event.get(name)
    return str((value[0] if isinstance(value, list) and value else value) or "")


def _categories(event: Component) -> Iterator[str]:
    given = event.get("CATEGORIES")
    for one in given if isinstance(given, list) else [given] if given else []:
        yield from filter(None, (html_title(str(part)) for part in getattr(one, "cats", [one])))


def _with_own_links(events: Iterable[FoundEvent]) -> list[FoundEvent]:
    """Each date at an address of its own, for events are told apart by it; the page of a series serves all of them."""
    events = list({event.key: event for event in events}.values())
    uses = Counter(links.canonical(event.url) for event in events)
    return [
        replace(event, url=links.for_item(event.url, event.key)) if uses[links.canonical(event.url)] > 1 else event
        for event in events
    ]
