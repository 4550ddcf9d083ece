"""Runs the test server, and its inbox where wanted, until SIGINT or SIGTERM."""

import signal
import socket
import threading
from pathlib import Path

from digest.testserver.faults import Faults
from digest.testserver.server import TestServer

Address = tuple[str, int]
"""Host and port."""


def serve(listen: Address, store: Path, faults: Faults | None = None, inbox_listen: Address | None = None) -> None:
    """Block until told to stop. Raises OSError where a port is taken or the Maildir cannot be made."""
    stopped = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    host, port = listen
    try:
        with TestServer(store, host=host, port=port, faults=faults):
            if inbox_listen:
                _serve_inbox(store, inbox_listen)
            else:
                stopped.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve_inbox(store: Path, listen: Address) -> None:
    # Both take half a second to import, and most test servers show no inbox.
    import uvicorn

    from digest.testserver.inbox import make_app

    with socket.create_server(listen) as listener:
        # uvicorn ends on the same signals and hands them on to our handlers.
        uvicorn.Server(uvicorn.Config(make_app(store), log_level="warning")).run(sockets=[listener])
