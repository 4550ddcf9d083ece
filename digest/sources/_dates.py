"""Dates as feeds write them. feedparser reads CEST as UTC and a Unix timestamp as the year 1796, so we read our own."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_YEARS = range(1970, 2100)
_NOON = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Hours east of UTC. Names that mean several zones (IST, BST in Bangladesh, CST in China) are read as feeds use them.
_ZONES = (
    {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2}
    | {"eet": 2, "eest": 3, "msk": 3, "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11}
    | {"nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
)
_TIME = r"""(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?)?
            \s*(?P<zone>[+-]\d\d:?\d\d|[A-Z]{1,5})?(?:\s*\([^)]*\))?"""
_FORMS = [
    re.compile(form + _TIME, re.ASCII | re.IGNORECASE | re.VERBOSE)
    for form in (
        r"(?P<year>\d{4})[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)",  # 2026-01-06 (RFC 3339)
        r"(?:[a-z]+\.?,?\s+)?(?P<day>\d\d?)[\s-](?P<month>[a-z]{3})[a-z]*\.?,?[\s-](?P<year>\d{4}|\d\d)",  # RFC 5322
        r"(?:[a-z]+\.?,?\s+)?(?P<month>[a-z]{3})[a-z]*\.?\s+(?P<day>\d\d?),?\s+(?P<year>\d{4})",  # January 6, 2026
    )
]


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None for anything else, be it hostile."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_date(text: str, zone: ZoneInfo) -> datetime | None:
    """When something was published, as aware UTC; None where no such moment can exist or be told.

    What names no zone is read in `zone`; a date without a time means noon there.
    """
    text = text.strip()[:100]
    try:
        if re.fullmatch(r"\d{9,10}|\d{12,13}", text, re.ASCII):
            moment = datetime.fromtimestamp(int(text[:10] if len(text) > 11 else text), UTC)
        else:
            matches = (form.fullmatch(text) for form in _FORMS)
            match = next((match for match in matches if match), None)
            moment = _from_match(match, zone) if match else _compact(text, zone)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None


def _from_match(match: re.Match[str], zone: ZoneInfo) -> datetime:
    field = match.groupdict()
    month = int(field["month"]) if field["month"].isdigit() else _MONTHS.index(field["month"].lower()) + 1
    year = int(field["year"])
    if len(field["year"]) == 2:
        year += 2000 if year < 50 else 1900  # RFC 5322, section 4.3
    day = datetime(year, month, int(field["day"]), tzinfo=UTC)
    if field["hour"] is None:
        return day.replace(hour=_NOON, tzinfo=zone).astimezone(UTC)
    moment = day + timedelta(
        hours=_hour(int(field["hour"]), field["half"]),
        minutes=_up_to(int(field["minute"]), 59),
        seconds=_up_to(int(field["second"] or 0), 60),  # a leap second
    )
    return moment.replace(tzinfo=_zone(field["zone"], zone)).astimezone(UTC)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return _up_to(hour, 24)
    return _up_to(hour, 12) % 12 + (12 if half[0] in "pP" else 0)


def _up_to(number: int, most: int) -> int:
    if number > most:
        raise ValueError(number)
    return number


def _zone(name: str | None, default: ZoneInfo) -> tzinfo:
    if name is None:
        return default
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[-2:])
        return timezone((-1 if name[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    known = _ZONES.get(name.lower())
    return default if known is None else timezone(timedelta(hours=known))


def _compact(text: str, zone: ZoneInfo) -> datetime:
    """The basic forms of ISO 8601: 20260106 and 20260106T100000Z."""
    moment = datetime.fromisoformat(text)
    if len(text) <= len("2026-W02-2"):
        moment = moment.replace(hour=_NOON)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
