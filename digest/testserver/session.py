"""One client of the test server: aiosmtpd's SMTP, with our faults and a quicker way to take a message."""

import asyncio
from typing import AnyStr, Final

from aiosmtpd.smtp import SMTP

from digest.testserver.handler import Handler

SIZE_LIMIT: Final = 32 * 1024 * 1024
_LONGEST_LINE: Final = 998
"""RFC 5322, section 2.1.1; without the CRLF."""


class Session(SMTP):
    """Its handler answers for MAIL, RCPT and the message; here is what happens at the greeting and at DATA."""

    event_handler: Handler
    line_length_limit = SIZE_LIMIT  # What the stream may hold unread: a whole message.

    async def _handle_client(self) -> None:
        reply = await self.event_handler.misbehave(self, "connect")
        if reply is None:
            await super()._handle_client()
        else:
            await self._say_last(reply)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds commands by these names
        """Take a message. aiosmtpd reads it line by line, at 0.7 ms more for a letter of 30 KB."""
        assert self.envelope is not None
        reply = await self.event_handler.misbehave(self, "data", self.envelope.rcpt_tos)
        if reply is not None:
            await self.push(reply)
        elif arg or not self.envelope.rcpt_tos:
            await super().smtp_DATA(arg)  # It says what is wrong.
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._take_message()

    async def _take_message(self) -> None:
        assert self.envelope is not None
        assert self.session is not None
        try:
            content = await self._read_message()
        except asyncio.LimitOverrunError:
            await self._say_last("552 5.3.4 this message is too big")
            return
        if max(map(len, content.split(b"\r\n"))) > _LONGEST_LINE:
            await self.push("554 5.6.0 a line of this message is longer than 998 octets")
        else:
            self.envelope.content = content
            await self.push(await self.event_handler.handle_DATA(self, self.session, self.envelope))
        self.envelope = self._create_envelope()

    async def _read_message(self) -> bytes:
        """The message, dots unstuffed (RFC 5321, section 4.5.2). Raises LimitOverrunError where it is too big."""
        data = bytearray()
        while not (data.endswith(b"\r\n.\r\n") or data == b".\r\n"):
            data += await self._reader.readuntil(b".\r\n")
            if len(data) > SIZE_LIMIT:
                raise asyncio.LimitOverrunError("too big", len(data))
        content = bytes(data[:-3]).replace(b"\r\n.", b"\r\n")
        return content.removeprefix(b".")

    async def push(self, status: AnyStr) -> None:
        """Send one reply; after 421 the server closes (RFC 5321, section 3.8)."""
        await super().push(status)
        if status[:4] in ("421 ", b"421 "):
            self.hang_up()

    async def _say_last(self, reply: str) -> None:
        await super().push(reply)
        self.hang_up()

    def cut(self) -> None:
        """Close the socket at once; a close in TLS would wait for the client's word."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    def hang_up(self) -> None:
        """Close without another word and end this dialogue."""
        self._writer.close()
        raise asyncio.CancelledError
