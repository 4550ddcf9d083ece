"""A proxy that hands everything on some time later, and as much of it as comes: distance without narrowness.

    python -m bench.delay PORT SECONDS

The first line it prints is its own port on loopback.
"""

import asyncio
import sys


class End(asyncio.Protocol):
    """One end of a connection; what it hears, the other end says after the delay."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self._delay, self._say, data)

    def connection_lost(self, exc: Exception | None) -> None:
        asyncio.get_running_loop().call_later(self._delay, self._close)

    def _say(self, data: bytes) -> None:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.write(data)

    def _close(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.close()


class Near(End):
    """The end that a client connects to; it connects to the server on its own."""

    def __init__(self, delay: float, port: int) -> None:
        super().__init__(delay)
        self._port = port
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        far = End(self._delay)
        self.other, far.other = far, self
        await asyncio.get_running_loop().create_connection(lambda: far, "127.0.0.1", self._port)


async def main(port: int, delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Near(delay, port), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
