"""A mail server over real sockets that says exactly what it is told to, and remembers what it was told."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

HANG_UP = ""
"""Instead of a reply: close the connection."""

GOOD = {"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", ".": "250 2.0.0 kept", "QUIT": "221 bye"}
PIPELINED = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000000")


@dataclass
class ScriptedServer:
    """`script` gives the reply to one command of one message, `RCPT 2`: the second RCPT over all connections.

    A lone dot, after which no message was taken, counts apart: `lone . 1`. The greeting is `CONNECT`.
    """

    script: Mapping[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = PIPELINED
    tls: ssl.SSLContext | None = None
    on_message: Callable[[str], object] = lambda recipient: None
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)
    """How many messages were kept for each recipient, whatever the client was told."""
    groups: list[bytes] = field(default_factory=list)
    """What each read from a socket brought."""
    connections: int = 0
    most_open: int = 0
    _open: int = 0
    _counts: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "ScriptedServer":
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        self.port = ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take in nothing more."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()

    async def _serve(self, ready: "Future[int]") -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: _Talk(self), "127.0.0.1", 0, ssl=self.tls)
        ready.set_result(server.sockets[0].getsockname()[1])
        await self._ended.wait()
        server.close()

    def reply_to(self, command: str) -> str:
        """The reply by the script, for the next command of its kind."""
        self._counts[command] += 1
        good = {**GOOD, "lone .": "554 5.5.1 no valid recipients", "RSET": "250 ok", "CONNECT": "220 ready"}
        for key in (f"{command} {self._counts[command]}", command):
            if key in self.script:
                return self.script[key]
        return good[command]


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.buffer = b""
        self.recipient = ""
        self.accepted = self.in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections += 1
        self.server._open += 1
        self.server.most_open = max(self.server.most_open, self.server._open)
        self.say(self.server.reply_to("CONNECT"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.server._open -= 1

    def say(self, reply: str) -> None:
        if reply == HANG_UP:
            self.transport.close()
        else:
            self.transport.write(reply.encode("utf-8", "surrogateescape") + b"\r\n")

    def data_received(self, data: bytes) -> None:
        self.server.groups.append(data)
        self.buffer += data
        while not self.transport.is_closing() and self.step():
            pass

    def step(self) -> bool:
        """Take one command or one message from the buffer."""
        if self.in_message:
            return self.take_message()
        line, found, rest = self.buffer.partition(b"\r\n")
        if found:
            self.buffer = rest
            self.answer(line.decode("utf-8", "surrogateescape"))
        return bool(found)

    def take_message(self) -> bool:
        lone = self.buffer.startswith(b".\r\n")
        message, found, rest = (b"", b".", self.buffer[3:]) if lone else self.buffer.partition(b"\r\n.\r\n")
        if not found:
            return False
        self.buffer, self.in_message = rest, False
        self.server.commands.append("lone ." if lone else ".")
        reply = self.server.reply_to("lone ." if lone else ".")
        if self.accepted and reply[:1] not in ("4", "5"):
            self.server.received[self.recipient] += 1
            self.server.messages.append(message + b"\r\n")
            self.server.on_message(self.recipient)
        self.accepted = False
        self.say(reply)
        return True

    def answer(self, line: str) -> None:
        self.server.commands.append(line)
        word = line[:4].upper()
        if word == "EHLO":
            offers = ("scripted.invalid", *self.server.offers)
            self.transport.write("".join(f"250-{offer}\r\n" for offer in offers).encode() + b"250 HELP\r\n")
            return
        reply = self.server.reply_to(word)
        if word == "RCPT":
            self.accepted = reply.startswith("2")
            self.recipient = line.partition("<")[2].partition(">")[0]
        if word == "DATA" and not self.accepted and "DATA" not in " ".join(self.server.script):
            reply = "503 5.5.1 no valid recipients"
        if word == "RSET":
            self.accepted = False
        self.in_message = word == "DATA" and reply.startswith("3")
        self.say(reply)
        if word == "QUIT":
            self.transport.close()
