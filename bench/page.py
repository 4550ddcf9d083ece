"""The readers' pages: how long an answer takes beside a send at full speed, and what one takes of the processor."""

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import frozen
from bench.figure import Figure
from bench.loops import CONNECTIONS
from bench.processes import cpu_seconds
from bench.servers import await_port, server
from digest import keys
from digest.tokens import Link, sign_link

_RECIPIENTS = 200_000
_DIGESTS = 20
_SIZE = 3000
_POSTS = 200
_PAGES = 300
_FIRST_TO_LEAVE = 150_000
"""Far behind what is sent meanwhile."""
_BETWEEN_SECONDS = 0.02


def measure() -> Iterator[Figure]:
    """One-click unsubscribes, one after the other, for some seconds of a send."""
    with tempfile.TemporaryDirectory() as name, server() as sink:
        folder = Path(name)
        frozen.prepare(folder, _RECIPIENTS, _DIGESTS, _SIZE)
        with web(folder, sink) as running, _sending(folder):
            seconds = sorted(_leave(folder, running.port, number) for number in range(_POSTS))
    yield Figure(f"unsubscribe during a send: slowest of {_POSTS}", seconds[-1] * 1000, "ms", at_most=300)
    yield Figure("unsubscribe during a send: median", seconds[_POSTS // 2] * 1000, "ms")


def measure_preferences(folder: Path, sink: int, readers: int) -> Figure:
    """What one reader's page of preferences takes of the processor, asked for and answered over a socket."""
    signing = keys.load(folder / "digest.secrets")
    tokens = [sign_link(signing, "preferences", Link(1 + n * readers // _PAGES, "weekly")) for n in range(_PAGES)]
    with web(folder, sink) as running:
        _ask(running.port, "GET", f"/preferences/{tokens[0]}")  # the first compiles the template
        before = cpu_seconds(running.pid)
        for token in tokens:
            _ask(running.port, "GET", f"/preferences/{token}")
        used = cpu_seconds(running.pid) - before
    return Figure(f"preferences page, {readers:,} subscribers: CPU", used / _PAGES * 1000, "ms", at_most=20)


@dataclass(frozen=True, slots=True)
class Running:
    """The readers' pages in a process of their own."""

    port: int
    pid: int


@contextmanager
def web(folder: Path, sink: int) -> Iterator[Running]:
    """The web part of `digest run`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    frozen.write_config(folder, sink, CONNECTIONS)
    environment = {**os.environ, "DIGEST_WEB_LISTEN": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "digest.cli", "run", "--only", "web"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port)
            yield Running(port, process.pid)
        finally:
            process.terminate()


@contextmanager
def _sending(folder: Path) -> Iterator[None]:
    """A `digest send` that is under way, from the first letter to the end of the block."""
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", "digest.cli", "send"]
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet) as send:
        try:
            while not _has_sent(folder):
                time.sleep(0.02)
            yield
            if send.poll() is not None:
                raise RuntimeError("the send ended before the page was measured; give it more recipients")
        finally:
            send.terminate()


def _has_sent(folder: Path) -> bool:
    with sqlite3.connect(folder / "digest.db") as database:
        return database.execute("SELECT 1 FROM attempts LIMIT 1").fetchone() is not None


def _leave(folder: Path, port: int, number: int) -> float:
    """Seconds until the answer, over a connection of its own, as a mail program would ask."""
    time.sleep(_BETWEEN_SECONDS)
    link = Link(_FIRST_TO_LEAVE + number, "weekly")
    token = sign_link(keys.load(folder / "digest.secrets"), "unsubscribe", link)
    start = time.perf_counter()
    _ask(port, "POST", f"/unsubscribe/{token}", "List-Unsubscribe=One-Click")
    return time.perf_counter() - start


def _ask(port: int, method: str, path: str, body: str | None = None) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": "letters.example.org"}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the page answered {answer.status}")
