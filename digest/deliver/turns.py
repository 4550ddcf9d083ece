"""Gathers what all connections have ready at one moment into one commit: the barrier that law 1 speaks of.

An outcome and the next delivery's move to `sending` are written together, and only then does that delivery's message
leave. One commit for ten connections costs 20 µs a letter; one for each would cost 80.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from digest.types import Finished, Ledger

Waiter = tuple[int | None, "asyncio.Future[bool]"]


@dataclass(slots=True)
class Batch:
    """What the next commit takes."""

    finished: list[Finished] = field(default_factory=list)
    begin: list[int] = field(default_factory=list)
    waiters: list[Waiter] = field(default_factory=list)


class Turns:
    """At most one commit is under way; what comes meanwhile goes into the next one. `report` hears what is written."""

    def __init__(self, ledger: Ledger, report: Callable[[Finished], None]) -> None:
        self._ledger = ledger
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._batch = Batch()
        self._writing = False
        self._error: Exception | None = None

    def take(self, finished: Finished | None, begin: int | None) -> "asyncio.Future[bool]":
        """Write an outcome and begin a delivery; whether the delivery may leave.

        Raises what the ledger raised, now or before: after a commit that failed nothing more goes out.
        """
        batch = self._batch
        if not batch.waiters and not self._writing:
            self._loop.call_soon(self._write_when_settled, 0)
        if finished is not None:
            batch.finished.append(finished)
        if begin is not None:
            batch.begin.append(begin)
        future: asyncio.Future[bool] = self._loop.create_future()
        batch.waiters.append((begin, future))
        return future

    def _write_when_settled(self, before: int) -> None:
        """Write once a turn of the loop has brought nothing more: until then other connections have something too."""
        joined = len(self._batch.waiters)
        if joined > before:
            self._loop.call_soon(self._write_when_settled, joined)
        else:
            self._write()

    def _write(self) -> None:
        batch, self._batch = self._batch, Batch()
        if self._error:
            self._fail(batch, self._error)
        elif not self._ledger.inline:
            self._writing = True
            thread = self._loop.run_in_executor(None, self._ledger.turn, batch.finished, batch.begin)
            thread.add_done_callback(lambda done: self._written(batch, done))
        else:
            self._write_here(batch)

    def _write_here(self, batch: Batch) -> None:
        try:
            self._settle(batch, self._ledger.turn(batch.finished, batch.begin))
        except Exception as error:
            self._fail(batch, error)

    def _written(self, batch: Batch, done: "asyncio.Future[frozenset[int]]") -> None:
        self._writing = False
        try:
            self._settle(batch, done.result())
        except Exception as error:
            self._fail(batch, error)
        if self._batch.waiters:
            self._write()

    def _settle(self, batch: Batch, begun: frozenset[int]) -> None:
        for one in batch.finished:
            self._report(one)
        for begin, future in batch.waiters:
            future.set_result(begin in begun)

    def _fail(self, batch: Batch, error: Exception) -> None:
        self._error = error
        for _, future in batch.waiters:
            future.set_exception(error)
