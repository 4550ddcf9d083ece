"""The servers that letters are sent to: Postfix's smtp-sink, or the drill's where there is none; and a longer way."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.drill.receiver import receiver

_SBIN = "/usr/sbin:/usr/local/sbin:/usr/bin"
SMTP_SINK = shutil.which("smtp-sink", path=_SBIN)
SMTP_SOURCE = shutil.which("smtp-source", path=_SBIN)


@contextmanager
def server() -> Iterator[int]:
    """The port of a mail server that takes everything."""
    if SMTP_SINK is None:
        with tempfile.TemporaryDirectory() as folder, receiver(Path(folder) / "log") as sink:
            yield sink.port
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([SMTP_SINK, *as_nobody, f"127.0.0.1:{port}", "200"]) as sink:
        try:
            await_port(port)
            yield port
        finally:
            sink.terminate()


def await_port(port: int) -> None:
    """Wait until somebody listens there."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("a server does not start")


@contextmanager
def far_away(port: int, round_trip_ms: float) -> Iterator[int]:
    """A port from where the server is so many milliseconds away; the port itself where that is none."""
    if not round_trip_ms:
        yield port
        return
    command = [sys.executable, "-m", "bench.delay", str(port), str(round_trip_ms / 2 / 1000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.terminate()
