"""Runs web, clock and sender as processes of their own, starts again what dies, and stops them all cleanly."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

PARTS = ("web", "clock", "sender")

STOP_SECONDS = 12.0
"""The sender ends within 10 s of SIGTERM (law 2); what is still there after this is killed."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_HEALTHY_SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Part:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    pause: float = field(default=_FIRST_PAUSE)

    def tend(self, now: float) -> None:
        """Start it when its time has come; notice its death and wait a growing while before the next start."""
        if self.process is None:
            if now >= self.start_at:
                self.process, self.started = subprocess.Popen(self.command), now  # noqa: S603  our own command
            return
        code = self.process.poll()
        if code is None:
            return
        self.pause = _FIRST_PAUSE if now - self.started > _HEALTHY_SECONDS else min(self.pause * 2, _LONGEST_PAUSE)
        log.error("%s ended with exit code %d; it starts again in %.0f s", self.name, code, self.pause)
        self.process, self.start_at = None, now + self.pause


def supervise(command: Sequence[str], stop: threading.Event) -> None:
    """Keep one process per part running `command --only PART` until told to stop, then end them together."""
    parts = [_Part(name, [sys.executable, "-m", "digest.cli", *command, "--only", name]) for name in PARTS]
    try:
        while not stop.is_set():
            for part in parts:
                part.tend(time.monotonic())
            stop.wait(0.2)
    finally:
        _end([part.process for part in parts if part.process])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.error("process %d did not stop in %.0f s and is killed", process.pid, STOP_SECONDS)
            process.kill()
            process.wait()
