"""One TCP or TLS connection to a mail server: commands out, replies in, each reply counted against its command."""

import asyncio
from collections import deque

from digest.senders.replies import Answer, ReplyReader


class Line(asyncio.Protocol):
    """Takes over a connection that is set up. Once there is a `fault` nothing more is written; what came is kept."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._reader = ReplyReader()
        self._answers: deque[Answer] = deque()
        self._owed = 0
        self._waiter: asyncio.Future[None] | None = None
        self.fault = "the connection was lost" if transport.is_closing() else ""
        transport.set_protocol(self)

    def say(self, data: bytes, replies: int) -> None:
        """Write, and expect so many replies."""
        if not self.fault:
            self._owed += replies
            self._transport.write(data)

    async def hear(self, seconds: float) -> Answer | None:
        """The next reply; None where none comes: `fault` then says why."""
        if not self._answers and not self.fault:
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(seconds, self.abort, "the server did not answer in time")
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        return self._answers.popleft() if self._answers else None

    def abort(self, fault: str) -> None:
        """End the connection at once. Closing it would still send what is buffered, a dot included."""
        self.fault = self.fault or fault
        self._transport.abort()
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Count what came. A server that says more than it was asked cannot be followed, so it is left."""
        answers = self._reader.feed(data)
        surplus = len(answers) - self._owed
        self._owed -= len(answers)
        self._answers.extend(answers[: len(answers) - surplus] if surplus > 0 else answers)
        if surplus > 0:
            self.abort("the server answered more than it was asked")
        elif self._reader.broken:
            self.abort("the server answered something that is no SMTP reply")
        elif answers:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed, or we did."""
        self.fault = self.fault or (f"the connection was lost: {exc}" if exc else "the server closed the connection")
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
