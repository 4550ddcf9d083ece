"""A million recipients over 1,000 digests: what `digest send` needs in memory, and how soon its first letter leaves.

It is stopped by SIGTERM after a part of them: its memory must be flat, and the rest would only take longer.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import frozen, page
from bench.figure import Figure
from bench.loops import CONNECTIONS
from bench.processes import run
from bench.sending import recorded
from bench.servers import server

_RECIPIENTS = 1_000_000
_DIGESTS = 1000
_SIZE = 30_000
_SECONDS = 30
_WORK_REMAINS = 75


def measure() -> Iterator[Figure]:
    """One run."""
    with tempfile.TemporaryDirectory() as name, server() as port:
        folder = Path(name)
        frozen.prepare(folder, _RECIPIENTS, _DIGESTS, _SIZE)
        frozen.write_config(folder, port, CONNECTIONS)
        command = [sys.executable, "-m", "digest.cli", "send"]
        ran = run(command, cwd=folder, code=_WORK_REMAINS, stop_after=_SECONDS)
        first, last, count = recorded(folder)
        preferences = page.measure_preferences(folder, port, _RECIPIENTS)
    seconds = (last - first).total_seconds()
    yield Figure("1,000,000 recipients: peak memory", ran.peak_bytes / 1e6, "MB", at_most=200)
    yield Figure("1,000,000 recipients: until the first letter", first.timestamp() - ran.began, "s", at_most=3)
    yield Figure(f"1,000,000 recipients: first {count:,} letters of 30 KB", count / seconds, "letters/s")
    yield preferences
