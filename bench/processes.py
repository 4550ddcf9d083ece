"""Runs a program and reads off what it took."""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process took, as the kernel counts it, its memory with its children's. `began`: seconds since 1970."""

    began: float
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def run(command: list[str], *, cwd: Path | None = None, code: int = 0, stop_after: float | None = None) -> Ran:
    """Run to the end, or to a SIGTERM after so many seconds.

    Raises RuntimeError with its output where it ends with another code.
    """
    with tempfile.TemporaryFile("w+") as output:
        began, start = time.time(), time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, stdout=output, stderr=output)
        with _watched(process, stop_after) as peaks:
            _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != code:
        raise RuntimeError(f"{command} ended with code {process.returncode}: {text}")
    return Ran(began, seconds, used.ru_utime + used.ru_stime, max(peaks, default=0), text)


@contextmanager
def _watched(process: subprocess.Popen[bytes], stop_after: float | None) -> Iterator[list[int]]:
    """Note the peak of a process's memory until the block ends.

    The kernel's ru_maxrss will not do: it counts the memory of whoever started the process too, up to its exec.
    """
    peaks: list[int] = []
    ended = threading.Event()
    stop_at = time.monotonic() + stop_after if stop_after else float("inf")

    def watch() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            peaks.append(peak_bytes(process.pid))
            if time.monotonic() > stop_at:
                process.send_signal(signal.SIGTERM)
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def peak_bytes(pid: int) -> int:
    """The most memory a process and its children have had resident until now; each its own most.

    0 for one that has ended, or where there is no /proc.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    own = int(found[1]) * 1024 if found else 0
    return own + sum(peak_bytes(int(child)) for child in children)


def cpu_seconds(pid: int) -> float:
    """What a running process has taken of the processor until now, its own work and the kernel's for it (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
