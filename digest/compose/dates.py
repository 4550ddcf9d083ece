"""Dates and times in English words. `strftime` would follow the locale of the machine."""

from datetime import datetime
from zoneinfo import ZoneInfo

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def long_date(at: datetime, zone: str) -> str:
    """`January 6, 2026`, as the calendar of an IANA time zone has it."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}"


def moment(at: datetime, zone: str) -> str:
    """`Wednesday, January 7, 2026, 9:00 a.m. EST`, as clocks of an IANA time zone show it."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]}, {long_date(at, zone)}, {_clock(local)} {local.tzname()}"


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local.minute:02} {'a.m.' if local.hour < 12 else 'p.m.'}"
