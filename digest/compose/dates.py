"""Dates and times in words. `strftime` would follow the locale of the machine."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name

# CLDR writes AM and PM, with a narrow space that not every mail program's font has.
_HALVES = (("\u202fAM", " a.m."), ("\u202fPM", " p.m."))


def long_date(at: datetime, zone: str, language: str = "en") -> str:
    """`January 6, 2026`, as the calendar of an IANA time zone has it."""
    return format_date(at.astimezone(ZoneInfo(zone)), "long", locale=language)


def moment(at: datetime, zone: str, language: str = "en") -> str:
    """`Wednesday, January 7, 2026, 9:00 a.m. EST`, as clocks of an IANA time zone show it."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{format_date(local, 'full', locale=language)}, {_clock(local, language)} {_zone(local, language)}"


def span(start: datetime, end: datetime | None, zone: str, language: str = "en") -> str:
    """`Wednesday, January 7, 2026, 9:00 a.m.–10:30 a.m. EST`; the start alone unless it ends on the same day."""
    local = start.astimezone(ZoneInfo(zone))
    last = end.astimezone(ZoneInfo(zone)) if end else local
    if last <= local or last.date() != local.date():
        return moment(start, zone, language)
    hours = f"{_clock(local, language)}–{_clock(last, language)}"
    return f"{format_date(local, 'full', locale=language)}, {hours} {_zone(local, language)}"


def _clock(local: datetime, language: str) -> str:
    clock = format_time(local, "short", locale=language)
    for theirs, ours in _HALVES:
        clock = clock.replace(theirs, ours)
    return clock


def _zone(local: datetime, language: str) -> str:
    """`EST`, `MEZ`; where a language has no name for a zone the zone's own, and where it has none `UTC+0530`."""
    name = get_timezone_name(local, "short", locale=language)
    own = local.tzname() or ""
    return next((short for short in (name, own) if short.isalpha()), f"UTC{name}")
