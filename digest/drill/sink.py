"""The drill's mail server, a process of its own: it writes down each letter before it answers for it.

    python -m digest.drill.sink LOG

The first line it prints is its port on loopback. Orders come as lines on its standard input, whose end is its end:
`signal STEP NUMBER PID…` sends a signal to these processes at a step, counted over all letters; `hold` greets nobody
any more until `go`.
"""

import asyncio
import os
import re
import sys
import time
from pathlib import Path

from digest.drill.arrivals import Arrival

STEPS_PER_LETTER = 4
"""MAIL, RCPT, DATA and the dot; a signal may fall on any of them."""

_GREETING = b"220 drill.example.org ESMTP\r\n"
_OFFERS = b"250-drill.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250-SMTPUTF8\r\n250 DSN\r\n"
_END_OF_BODY = b"\r\n.\r\n"
_FIELD = re.compile(rb"^message-id:\s*<([^>\r\n]*)>|boundary=\"?([^\";\r\n]+)", re.IGNORECASE | re.MULTILINE)


class Sink:
    """What the sessions share: the log, the count of steps, and the orders."""

    def __init__(self, log: Path) -> None:
        self.stopped = asyncio.Event()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._connections = self._steps = 0
        self._signal: tuple[int, int, list[int]] | None = None
        self._held: list[asyncio.Transport] | None = None

    def session(self) -> "Session":
        """A session for a new connection, with its number."""
        self._connections += 1
        return Session(self, self._connections)

    def greet(self, transport: asyncio.Transport) -> None:
        """Greet a new connection, now or when nobody is held any more."""
        if self._held is None:
            transport.write(_GREETING)
        else:
            self._held.append(transport)

    def note(self, arrival: Arrival) -> None:
        """Write a letter down: it is in the file, whatever becomes of whoever sent it, when this returns."""
        os.write(self._log, arrival.line())

    def step(self) -> None:
        """One step of a letter was seen; send the signal that waits for it."""
        self._steps += 1
        if self._signal and self._steps >= self._signal[0]:
            _, number, pids = self._signal
            self._signal = None
            for pid in pids:
                os.kill(pid, number)

    def read_orders(self) -> None:
        """Take the orders that have come; the end of the input ends the sink."""
        text = os.read(sys.stdin.fileno(), 4096).decode()
        if not text:
            self.stopped.set()
        for line in text.splitlines():
            self._take(*line.split())

    def _take(self, order: str, *words: str) -> None:
        match order:
            case "signal":
                step, number, *pids = map(int, words)
                self._signal = (step, number, pids)
            case "hold":
                self._held = []
            case "go":
                held, self._held = self._held or [], None
                for transport in held:
                    transport.write(_GREETING)


class Session(asyncio.Protocol):
    """One connection. It may be pipelined: whatever has come is answered in one write."""

    def __init__(self, sink: Sink, number: int) -> None:
        self._sink = sink
        self._number = number
        self._buffer = bytearray()
        self._searched = 0
        self._recipient = ""
        self._in_body = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.greet(transport)

    def data_received(self, data: bytes) -> None:
        """Answer all that is complete."""
        assert self._transport
        self._buffer += data
        replies = b"".join(iter(self._next_reply, b""))
        self._transport.write(replies)
        if replies.endswith(b"221 bye\r\n"):
            self._transport.close()

    def _next_reply(self) -> bytes:
        """The reply to the next command or body; empty where it is not all here yet."""
        end = _END_OF_BODY if self._in_body else b"\r\n"
        found = self._buffer.find(end, self._searched)
        if found < 0:
            self._searched = max(0, len(self._buffer) - len(end) + 1)
            return b""
        unit = bytes(self._buffer[:found])
        # The line end before a body stays: a body may be nothing but the dot.
        taken = found if not self._in_body and unit.upper() == b"DATA" else found + len(end)
        del self._buffer[:taken]
        self._searched = 0
        return self._take_body(unit) if self._in_body else self._take_command(unit)

    def _take_command(self, line: bytes) -> bytes:
        match line.split(b" ", 1)[0].upper():
            case b"EHLO":
                return _OFFERS
            case b"QUIT":
                return b"221 bye\r\n"
            case b"MAIL":
                self._recipient = ""
            case b"RCPT":
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")
            case b"DATA":
                self._in_body = True
            case _:
                return b"250 ok\r\n"
        self._sink.step()
        return b"354 go on\r\n" if self._in_body else b"250 ok\r\n"

    def _take_body(self, body: bytes) -> bytes:
        self._in_body = False
        message_id, whole = examine(body)
        self._sink.note(Arrival(self._number, message_id, self._recipient, time.monotonic(), whole))
        self._sink.step()
        return b"250 taken\r\n"


def examine(body: bytes) -> tuple[str, bool]:
    """A letter's Message-ID, and whether it is whole: it ends with the closing line of its outermost part."""
    message_id = boundary = b""
    for found in _FIELD.finditer(body.partition(b"\r\n\r\n")[0]):
        message_id, boundary = found[1] or message_id, boundary or found[2] or b""
    whole = bool(message_id and boundary) and body.rstrip(b"\r\n").endswith(b"\r\n--" + boundary + b"--")
    return message_id.decode("ascii", "replace"), whole


async def serve(log: Path) -> None:
    """Serve until the standard input ends."""
    sink, loop = Sink(log), asyncio.get_running_loop()
    server = await loop.create_server(sink.session, "127.0.0.1", 0)
    loop.add_reader(sys.stdin.fileno(), sink.read_orders)
    print(server.sockets[0].getsockname()[1], flush=True)
    await sink.stopped.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
