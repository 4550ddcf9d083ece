"""The test server itself: aiosmtpd on a thread of its own, on loopback unless told otherwise."""

import asyncio
import logging
import ssl
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Self
from weakref import WeakSet

from digest.testserver.faults import Faults
from digest.testserver.handler import Handler
from digest.testserver.maildir import Maildir
from digest.testserver.session import SIZE_LIMIT, Session


class TestServer:
    """A mail server that keeps what it takes in `store`. Port 0 takes a free one; `port` then says which.

    With `tls` it offers STARTTLS. Use `start` and `stop`, or a with block. Raises OSError where the port is taken or
    the Maildir cannot be made.
    """

    __test__ = False  # pytest would take it for a test

    def __init__(
        self,
        store: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Faults | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.store = store
        self.host = host
        self.port = port
        self._faults = faults or Faults()
        self._tls = tls
        self._sessions: WeakSet[Session] = WeakSet()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; when this returns, clients can connect."""
        handler = Handler(Maildir(self.store), self._faults)
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(handler, ready),), name="test server")
        self._thread.daemon = True
        # aiosmtpd logs every line of every dialogue, addresses included.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._thread.start()
        self.port = ready.result()

    def stop(self) -> None:
        """Close every session and the port."""
        if self._thread:
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, handler: Handler, ready: "Future[int]") -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await self._loop.create_server(lambda: self._session(handler), self.host, self.port)
        except OSError as error:
            ready.set_exception(error)
            return
        ready.set_result(server.sockets[0].getsockname()[1])
        await self._ended.wait()
        server.close()
        for session in self._sessions:
            session.cut()

    def _session(self, handler: Handler) -> Session:
        session = Session(
            handler,
            hostname="test.invalid",
            ident="test server, delivers to nobody",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            loop=self._loop,
        )
        self._sessions.add(session)
        return session
