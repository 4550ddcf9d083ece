"""What the doctor has to say: one line for each thing looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it stands, what was seen, what to do, and whose rule it is."""

    check: str
    health: Health
    seen: str
    todo: str = ""
    """What to do; a DNS record to add is written as in a zone file."""
    serves: str = ""
    """Who requires it."""


def ok(check: str, seen: str, serves: str = "") -> Finding:
    """A line about something that is in order."""
    return Finding(check, Health.OK, seen, "", serves)


def warning(check: str, seen: str, todo: str, serves: str = "") -> Finding:
    """A line about something that should be better, or that could not be looked at."""
    return Finding(check, Health.WARNING, seen, todo, serves)


def error(check: str, seen: str, todo: str, serves: str = "") -> Finding:
    """A line about something that will cost letters."""
    return Finding(check, Health.ERROR, seen, todo, serves)
