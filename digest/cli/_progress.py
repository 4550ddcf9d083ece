"""Shows long work: a bar on a terminal, a line every ten seconds in a log."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import click

LOG_EVERY_SECONDS = 10.0
DRAW_EVERY_SECONDS = 0.1


class Progress(Protocol):
    """What the work tells."""

    def expect(self, total: int) -> None:
        """How many steps there will be."""

    def step(self, outcome: str, relay: str = "") -> None:
        """One step ended, how, and by which relay."""


class _Tally:
    """What has happened so far, in words."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._relays: Counter[str] = Counter()
        self._started = time.monotonic()
        self.total = 0

    def add(self, outcome: str, relay: str) -> None:
        self._outcomes[outcome] += 1
        self._relays[relay] += 1

    @property
    def done(self) -> int:
        return self._outcomes.total()

    @property
    def rate(self) -> float:
        """Steps a second since the start."""
        return self.done / max(time.monotonic() - self._started, 0.001)

    def words(self) -> str:
        """`1190 sent, 10 deferred, 120/s`, and each relay's part where there are several."""
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in self._outcomes.most_common())
        relays = ", ".join(f"{relay} {count}" for relay, count in sorted(self._relays.items()))
        return f"{outcomes}, {self.rate:.0f}/s" + (f" ({relays})" if len(self._relays) > 1 else "")

    def time_left(self) -> str:
        """`0:02:30`, at the rate so far."""
        return str(timedelta(seconds=round(max(self.total - self.done, 0) / max(self.rate, 0.001))))


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A bar where somebody watches, lines where nobody does."""
    if sys.stderr.isatty():
        with _bar(title) as bar:
            yield bar
    else:
        yield _Lines(title)


class _Lines:
    def __init__(self, title: str) -> None:
        self._title, self._tally = title, _Tally()
        self._told = time.monotonic()

    def expect(self, total: int) -> None:
        self._tally.total = total

    def step(self, outcome: str, relay: str = "") -> None:
        tally, now = self._tally, time.monotonic()
        tally.add(outcome, relay)
        if now - self._told >= LOG_EVERY_SECONDS:
            self._told = now
            of = f"{tally.done} of {tally.total}"
            click.echo(f"{self._title}: {of}, {tally.words()}, {tally.time_left()} left", err=True)


class _Bar:
    def __init__(self, bar: Any, task: Any) -> None:
        self._bar, self._task, self._tally = bar, task, _Tally()
        self._drawn = 0.0

    def expect(self, total: int) -> None:
        self._bar.update(self._task, total=total)

    def step(self, outcome: str, relay: str = "") -> None:
        self._tally.add(outcome, relay)
        # To tell the bar of every letter took longer than to send it.
        if time.monotonic() - self._drawn >= DRAW_EVERY_SECONDS:
            self.draw()

    def draw(self) -> None:
        self._drawn = time.monotonic()
        self._bar.update(self._task, completed=self._tally.done, words=self._tally.words())


@contextmanager
def _bar(title: str) -> Iterator[_Bar]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        drawn = _Bar(bar, bar.add_task(title, total=None, words=""))
        yield drawn
        drawn.draw()
