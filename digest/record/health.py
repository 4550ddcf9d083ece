"""How a source is doing: how often it publishes, when to ask it again, and what to say of it. Pure."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from digest.models import SourceRow

State = Literal["well", "moved", "silent", "failing", "paused"]

LOOKBACK = timedelta(days=90)
_FEWEST_DAYS = 5
"""With fewer days on which it published, nobody can say what is usual."""

_SHORTEST, _UNKNOWN, _LONGEST = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=3)
_QUESTIONS_AN_ARTICLE = 24
"""An article is then seen within a twenty-fourth of the time in which the next one comes."""
_LONGEST_PAUSE = timedelta(days=1)
_MOST_PATIENCE = timedelta(days=7)
"""Of a Retry-After: a server that wants to be left alone for a year would never be asked again."""

_GONE, _NOT_FOUND = 410, 404
_LOST_AFTER = timedelta(days=7)
_LONG_FAILURE, _MANY_FAILURES = timedelta(days=1), 3
_LEAST_SILENCE = timedelta(days=5)
"""A long weekend is no silence."""
_SILENT_DISTANCES = 4


@dataclass(frozen=True, slots=True)
class Usual:
    """How often a source publishes: articles a day, and days from one day on which it does to the next."""

    per_day: float
    distance: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """What staff or ops must know of a source. `since` tells one such trouble from the next of the same kind."""

    kind: str
    since: datetime
    happened: str
    todo: str
    concerns_staff: bool = False


def usual(published: Iterable[datetime]) -> Usual | None:
    """What is usual for a source with these dates of publication, of the last 90 days; None where too few."""
    moments = list(published)
    days = {moment.date() for moment in moments}
    if len(days) < _FEWEST_DAYS:
        return None
    span = (max(days) - min(days)).days
    return Usual(len(moments) / (span + 1), span / (len(days) - 1))


def next_check(row: SourceRow, now: datetime, jitter: float) -> datetime:
    """When to ask a source again, after a visit that is noted in its row.

    24 times for each article it usually brings, at most every 15 minutes and at least every 3 hours; after failures
    twice as late each time, up to a day; never before its server wants to be asked. `jitter` from 0 to 1 spreads it.
    """
    pause = _UNKNOWN
    if row.per_day:
        pause = min(max(timedelta(days=1) / row.per_day / _QUESTIONS_AN_ARTICLE, _SHORTEST), _LONGEST)
    pause = min(pause * (1 << min(row.failures, 10)), _LONGEST_PAUSE)
    return max(now + pause * (0.9 + 0.2 * jitter), row.wait_until or now)


def wait_until(now: datetime, retry_after: timedelta | None) -> datetime | None:
    """Until when a server wants to be left alone; at most a week."""
    return None if retry_after is None else now + min(retry_after, _MOST_PATIENCE)


def is_lost(row: SourceRow, status: int | None, now: datetime) -> bool:
    """Whether a source is to be paused: it is gone (410), or has not been found (404) for a week."""
    since = row.failing_since or now
    return status == _GONE or (status == _NOT_FOUND and now - since >= _LOST_AFTER)


def silence(row: SourceRow, now: datetime) -> timedelta | None:
    """How long a source has been silent; None while that is nothing unusual.

    Unusual are four times the usual distance between two days on which it publishes, and at least five days.
    """
    if row.newest_at is None or row.days_apart is None:
        return None
    silent = now - row.newest_at
    return silent if silent > max(_LEAST_SILENCE, row.days_apart * timedelta(days=_SILENT_DISTANCES)) else None


def state(row: SourceRow, now: datetime) -> State:
    """How a source is doing, in one word; the worst of what is true of it."""
    if row.paused_at:
        return "paused"
    if row.failing_since:
        return "failing"
    if silence(row, now):
        return "silent"
    return "moved" if row.moved_to else "well"


def in_words(row: SourceRow, now: datetime) -> str:
    """How a source is doing, as a clause."""
    match state(row, now):
        case "paused":
            return f"paused: {row.error}"
        case "failing":
            return f"failing for {_long(now - (row.failing_since or now))}: {row.error}"
        case "silent":
            return f"silent for {_long(now - (row.newest_at or now))}, usually {often(row.per_day)}"
        case "moved":
            return f"moved to {row.moved_to}; put that into config.yaml"
        case "well":
            return "well"


def trouble(row: SourceRow, now: datetime) -> Trouble | None:
    """What must be told of a source; None where all is well, or not yet amiss for long."""
    happened, again = f"source {row.name} is {in_words(row, now)}", f"`digest collect {shlex.quote(row.name)}`"
    match state(row, now):
        case "paused":
            todo = f"correct its address in config.yaml, or take it out; {again} asks it as it is"
            return Trouble("paused", row.paused_at or now, happened, todo)
        case "failing" if row.failures >= _MANY_FAILURES and now - (row.failing_since or now) >= _LONG_FAILURE:
            todo = f"see whether its server is well; {again} asks it once more"
            return Trouble("failing", row.failing_since or now, happened, todo)
        case "silent":
            todo = "see whether it still publishes, and still at the address in config.yaml"
            return Trouble("silent", row.newest_at or now, happened, todo, concerns_staff=True)
    return None


def often(per_day: float | None) -> str:
    """`1.4 a day`, `3 a week`, `2 a month`; empty where nobody knows."""
    if per_day is None:
        return ""
    for unit, days in (("day", 1.0), ("week", 7.0)):
        if per_day * days >= 1:
            return f"{per_day * days:.2g} a {unit}"
    return f"{per_day * 30:.1g} a month"


def _long(time: timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        number = int(time.total_seconds() // seconds)
        if number:
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return "a moment"
