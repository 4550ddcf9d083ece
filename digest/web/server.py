"""Serves an application with uvicorn until SIGTERM or SIGINT, and answers what has begun before it stops."""

import signal
import socket
import sys

import uvicorn
from litestar import Litestar

from digest.errors import DigestError

_SECONDS_TO_FINISH = 5


class ListenError(DigestError):
    """The address to listen on cannot be had."""


def serve(app: Litestar, listen: str) -> None:
    """Serve on `HOST:PORT` until told to stop. Raises ListenError where something else is there already."""
    # uvicorn finishes its work and then raises the signal again, which would end the process as if it had crashed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with bind(listen) as listening:
        server(app).run(sockets=[listening])


def bind(listen: str) -> socket.socket:
    """A socket that listens on `HOST:PORT`. Raises ListenError."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise ListenError(f"web.listen wants HOST:PORT, like 127.0.0.1:8000, not {listen!r}")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise ListenError(f"cannot listen on {listen}: {reason}; stop what does, or change web.listen") from error


def server(app: Litestar) -> uvicorn.Server:
    """uvicorn as these pages want it. It logs no requests: their addresses hold tokens."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )
