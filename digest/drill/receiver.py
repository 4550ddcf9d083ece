"""Starts the sink and gives it orders."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Receiver:
    """A sink that runs. `log` is where it writes each letter down."""

    port: int
    log: Path
    _orders: IO[str]

    def signal_at(self, step: int, number: signal.Signals, pids: list[int]) -> None:
        """Have these processes signalled at this step of all; forgets what was to be signalled before."""
        self._order(f"signal {step} {number.value} {' '.join(map(str, pids))}")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within the block it greets nobody: who connects waits for its end."""
        self._order("hold")
        yield
        self._order("go")

    def _order(self, line: str) -> None:
        self._orders.write(line + "\n")
        self._orders.flush()


@contextmanager
def receiver(log: Path) -> Iterator[Receiver]:
    """A sink on a free port, for as long as the block lasts."""
    command = [sys.executable, "-m", "digest.drill.sink", str(log)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as sink:  # noqa: S603 - our own program
        assert sink.stdin
        assert sink.stdout
        # The end of its input, which Popen brings about, is the sink's end: a drill that dies leaves none behind.
        yield Receiver(int(sink.stdout.readline()), log, sink.stdin)
