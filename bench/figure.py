"""One measured figure, and how a piece of work is timed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several runs, and the goal it is held against."""

    what: str
    value: float
    unit: str
    goal: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def median_seconds(work: Callable[[], object], runs: int = 7) -> float:
    """The median time of a piece of work; a first run warms up and does not count."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
