"""When a newsletter goes out. A slot is a naive wall time in the newsletter's own zone: clocks may jump, slots do not.

`tue 09:00`, `mon,thu 07:30`, `daily 09:00`, `monthly 1 09:00`, `monthly last 09:00`, or a cron line of five fields.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

FORMS = "`tue 09:00`, `mon,thu 07:30`, `daily 09:00`, `monthly 1 09:00`, `monthly last 09:00`, or cron's `0 9 * * 2`"
"""What `Rhythm.parse` takes, in words for a message."""

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_CRON_FIELD = re.compile(r"[0-9a-z*/,-]+", re.ASCII)
_CRON_DAYS = re.compile(r"(?:\*|([a-z]+|\d)(?:-([a-z]+|\d))?)(?:/([1-9]))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A rule for slots. Two rhythms are equal when they were written the same."""

    text: str
    # Two triggers stand for a cron line with both its day fields set: cron fires on either, a trigger only on both.
    _triggers: tuple[CronTrigger, ...] = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rhythm as config.yaml has it. Raises ValueError with words that say what is allowed."""
        words = text.lower().split()
        match words:
            case ["daily", time]:
                rules = [_at(time)]
            case ["monthly", day, time]:
                rules = [_at(time) | {"day": _day_of_month(day)}]
            case [days, time]:
                rules = [_at(time) | {"day_of_week": _named_days(days)}]
            case [minute, hour, day, month, weekday]:
                rules = _cron_rules(minute, hour, day, month, weekday)
            case _:
                raise ValueError(f"not a rhythm; allowed: {FORMS}")
        return cls(" ".join(words), tuple(_trigger(rule) for rule in rules))

    def next_slot(self, after: datetime) -> datetime:
        """The first slot later than `after`; both are naive wall times."""
        # As UTC, a wall time is just a number: no gap in spring and no second 02:30 in autumn can double a slot.
        start = after.replace(tzinfo=UTC) + timedelta(microseconds=1)
        slots: list[datetime] = [trigger.get_next_fire_time(None, start) for trigger in self._triggers]
        return min(slots).replace(tzinfo=None)

    def slots_between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The slots later than `after`, up to and including `until`, in order; all are naive wall times."""
        slot = self.next_slot(after)
        while slot <= until:
            yield slot
            slot = self.next_slot(slot)


def instant(slot: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a slot as an aware UTC datetime.

    An hour that spring leaves out moves forward by the gap; of an hour that autumn repeats, the first counts
    (PEP 495: fold=0 means both).
    """
    return slot.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The naive wall time that clocks in `zone` show at an aware moment."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _at(time: str) -> dict[str, str]:
    found = _TIME.fullmatch(time)
    if not found:
        raise ValueError(f"{time!r} is not a time of day; write it as HH:MM, 00:00 to 23:59; allowed: {FORMS}")
    return {"hour": found[1], "minute": found[2]}


def _day_of_month(day: str) -> str:
    if day == "last" or (re.fullmatch(r"\d\d?", day, re.ASCII) and 1 <= int(day) <= 28):
        return day
    raise ValueError(f"{day!r} is not a day that every month has; give 1 to 28, or `last`")


def _named_days(days: str) -> str:
    for day in days.split(","):
        if day not in _DAYS:
            raise ValueError(f"{day!r} is not a day; the days are {', '.join(_DAYS)}; allowed: {FORMS}")
    return days


def _cron_rules(minute: str, hour: str, day: str, month: str, weekday: str) -> list[dict[str, str]]:
    for part in (minute, hour, day, month):
        if not _CRON_FIELD.fullmatch(part):
            raise ValueError(f"{part!r} is not a field of a cron line; allowed: {FORMS}")
    times = {"minute": minute, "hour": hour, "month": month}
    by_day, by_weekday = times | {"day": day}, times | {"day_of_week": _cron_days(weekday)}
    if weekday.startswith("*"):
        return [by_day | by_weekday]
    return [by_weekday] if day.startswith("*") else [by_day, by_weekday]


def _cron_days(text: str) -> str:
    """Cron's days of the week by name: APScheduler counts from Monday, cron from Sunday, which is both 0 and 7."""
    return ",".join(sorted({_DAYS[day % 7] for part in text.split(",") for day in _cron_range(part)}, key=_DAYS.index))


def _cron_range(part: str) -> range:
    found = _CRON_DAYS.fullmatch(part)
    if not found:
        raise ValueError(f"{part!r} is not a day of the week in a cron line; allowed: 0 to 7 or sun to sat")
    step = int(found[3] or 1)
    if found[1] is None:
        return range(0, 7, step)
    first = _day_number(found[1])
    last = _day_number(found[2]) if found[2] else (6 if found[3] else first)
    return range(first, (last if last >= first else last + 7) + 1, step)


def _day_number(day: str) -> int:
    if day in _DAYS:
        return _DAYS.index(day)
    if day.isdigit() and int(day) <= 7:
        return int(day)
    raise ValueError(f"{day!r} is not a day of the week in a cron line; allowed: 0 to 7 or sun to sat")


def _trigger(rule: dict[str, str]) -> CronTrigger:
    try:
        # A leap year holds every day there is: what has no slot in it never has one, and is sought till year 9999.
        in_a_leap_year = CronTrigger(year="2024", timezone=UTC, **rule)
        never = in_a_leap_year.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC)) is None
        trigger = CronTrigger(timezone=UTC, **rule)
    except ValueError as error:
        raise ValueError(f"not a cron line: {error}; allowed: {FORMS}") from error
    if never:
        raise ValueError("this day never comes; give a day that its month has")
    return trigger
