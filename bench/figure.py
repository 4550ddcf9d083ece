"""One measured figure with its goal, and how a piece of work is timed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several runs, and the bounds it is held against, if any."""

    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def goal(self) -> str:
        """The bound in words; empty where the figure only stands beside others."""
        if self.at_least is not None:
            return f"≥ {self.at_least:,g}"
        return "" if self.at_most is None else f"≤ {self.at_most:,g}"

    @property
    def verdict(self) -> str:
        """`met` or `missed`; empty without a goal."""
        if not self.goal:
            return ""
        above = self.at_least is None or self.value >= self.at_least
        below = self.at_most is None or self.value <= self.at_most
        return "met" if above and below else "missed"

    def as_dict(self) -> dict[str, object]:
        names = ("what", "value", "unit", "goal", "verdict")
        return {name: getattr(self, name) for name in names}


def median_seconds(work: Callable[[], object], runs: int = 7) -> float:
    """The median time of a piece of work; a first run warms up and does not count."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
