"""`digest send` as processes: started, watched, stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from digest.errors import DigestError

DONE = 0
WORK_REMAINS = 75
TAKEN_OVER = 1

_PATIENCE_SECONDS = 120.0
"""No process takes that long to end; one that does is a failure of the drill."""

Sending = subprocess.Popen[bytes]


@contextmanager
def sending(folder: Path, now: datetime, count: int = 1) -> Iterator[list[Sending]]:
    """So many `digest send` at once, their words in send.log; none outlives the block."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    with (folder / "send.log").open("ab") as log:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "digest.cli", "send"],
                cwd=folder,
                env={**kept, "DIGEST_NOW": now.isoformat()},
                stdout=log,
                stderr=log,
            )
            for _ in range(count)
        ]
        try:
            yield running
        finally:
            for one in running:
                one.kill()
                one.wait()


def ended(one: Sending, *codes: int) -> int:
    """Wait for its end and return how it ended. Raises DigestError for any other code than these."""
    code = one.wait(_PATIENCE_SECONDS)
    if code not in codes:
        raise DigestError(f"digest send ended with code {code} where {_words(codes)} was due; see send.log")
    return code


def frozen(one: Sending) -> bool:
    """Wait until it is frozen; False where it has ended instead."""
    found = os.waitid(os.P_PID, one.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return found is not None and found.si_code == os.CLD_STOPPED


def _words(codes: tuple[int, ...]) -> str:
    return " or ".join(signal.Signals(-code).name if code < 0 else str(code) for code in codes)
