"""What the gate has to say about a letter."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is: an error stops a send, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: where it is broken, what is wrong there, and what to do."""

    rule: str
    level: Level
    place: str
    problem: str
    remedy: str
    letters: str = ""
    """Which letters it was found in; empty where it is about the edition as such."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same finding, whichever letters it is in."""
        return self.rule, self.place, self.problem


def error(rule: str, place: str, problem: str, remedy: str) -> Finding:
    """A finding that stops a send."""
    return Finding(rule, Level.ERROR, place, problem, remedy)


def warning(rule: str, place: str, problem: str, remedy: str) -> Finding:
    """A finding that is only told."""
    return Finding(rule, Level.WARNING, place, problem, remedy)
