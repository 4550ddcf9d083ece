"""Shows long work: a bar on a terminal, a line every ten seconds in a log."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import click

LOG_EVERY_SECONDS = 10.0


class Progress(Protocol):
    """What the work tells."""

    def expect(self, total: int) -> None:
        """How many steps there will be."""

    def step(self, outcome: str) -> None:
        """One step ended, and how."""


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
        self._title, self._total = title, 0
        self._counts: Counter[str] = Counter()
        self._started = self._told = time.monotonic()

    def expect(self, total: int) -> None:
        self._total = total

    def step(self, outcome: str) -> None:
        self._counts[outcome] += 1
        now = time.monotonic()
        if now - self._told >= LOG_EVERY_SECONDS:
            self._told = now
            done = self._counts.total()
            rate = done / (now - self._started)
            click.echo(f"{self._title}: {done} of {self._total}, {_words(self._counts)}, {rate:.0f}/s", err=True)


class _Bar:
    def __init__(self, bar: Any, task: Any) -> None:
        self._bar, self._task = bar, task
        self._counts: Counter[str] = Counter()

    def expect(self, total: int) -> None:
        self._bar.update(self._task, total=total)

    def step(self, outcome: str) -> None:
        self._counts[outcome] += 1
        self._bar.update(self._task, advance=1, words=_words(self._counts))


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
        yield _Bar(bar, bar.add_task(title, total=None, words=""))


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
