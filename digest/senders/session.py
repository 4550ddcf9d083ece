"""One message at a time over an SMTP session that is already set up, so that every reply is known by its stage."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import aiosmtplib

from digest.senders.wire import AddressError, encode_address, encode_message, read_reply
from digest.types import Outgoing, Reply, Stage

_QUIT_SECONDS: Final = 2
"""A stop must end within 10 s, and a server that does not say goodbye loses nothing."""


@dataclass(frozen=True, slots=True)
class ReplyTimeouts:
    """Seconds to wait for the reply to each command (RFC 5321, section 4.5.3.2)."""

    mail: float
    rcpt: float
    data: float
    body: float


class SmtpSession:
    """A session after EHLO, TLS and AUTH. After a cancelled `send` the line is dead, never ended by a lone dot."""

    def __init__(self, client: aiosmtplib.SMTP, timeouts: ReplyTimeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self._smtputf8 = client.supports_extension("smtputf8")
        self._size = client.supports_extension("size")
        self._8bitmime = client.supports_extension("8bitmime")

    @property
    def usable(self) -> bool:
        """Whether the line still stands and no transaction hangs half-open."""
        return self._client.is_connected

    async def send(self, mail: Outgoing) -> Reply:
        """MAIL, RCPT, DATA and the message. The first reply that is not good decides, else the one to the dot."""
        try:
            mail_from = self._mail_command(mail)
            recipient = encode_address(mail.recipient, self._smtputf8)
        except AddressError as error:
            return Reply(Stage.RCPT, 553, str(error), error.enhanced)
        try:
            return await self._exchange(mail_from, recipient, mail.message)
        except BaseException:
            abort(self._client)
            raise

    async def close(self) -> None:
        """QUIT, without waiting long for the answer."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self._client.execute_command(b"QUIT", timeout=_QUIT_SECONDS)
        abort(self._client)

    def _mail_command(self, mail: Outgoing) -> str:
        address = encode_address(mail.mail_from, self._smtputf8)
        options = [f"FROM:<{address}>"]
        if self._size:
            options.append(f"SIZE={len(mail.message)}")
        if self._8bitmime and not mail.message.isascii():
            options.append("BODY=8BITMIME")
        if not (mail.mail_from + mail.recipient).isascii() and self._smtputf8:
            options.append("SMTPUTF8")
        return " ".join(options)

    async def _exchange(self, mail_from: str, recipient: str, message: bytes) -> Reply:
        steps = (
            (Stage.MAIL, (b"MAIL", mail_from.encode()), 2, self._timeouts.mail),
            (Stage.RCPT, (b"RCPT", f"TO:<{recipient}>".encode()), 2, self._timeouts.rcpt),
            (Stage.DATA, (b"DATA",), 3, self._timeouts.data),
        )
        for stage, command, good, seconds in steps:
            reply = await self._command(stage, command, seconds)
            if reply.code is None or reply.code // 100 != good:
                await self._reset(reply)
                return reply
        return await self._body(encode_message(message))

    async def _command(self, stage: Stage, command: tuple[bytes, ...], seconds: float) -> Reply:
        try:
            code, words = await self._client.execute_command(*command, timeout=seconds)
        except aiosmtplib.SMTPResponseException as error:
            abort(self._client)
            return read_reply(stage, error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            abort(self._client)
            return Reply(stage, None, str(error))
        return read_reply(stage, code, words)

    async def _body(self, data: bytes) -> Reply:
        protocol = self._client.protocol
        if protocol is None:
            return Reply(Stage.DATA, None, "the connection was lost before the message")
        try:
            protocol.write(data)
            code, words = await protocol.read_response(timeout=self._timeouts.body)
        except aiosmtplib.SMTPResponseException as error:
            abort(self._client)
            return read_reply(Stage.BODY, error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            abort(self._client)
            return Reply(Stage.BODY, None, str(error))
        if code == 421:  # RFC 5321, section 3.8: the server closes now.
            abort(self._client)
        return read_reply(Stage.BODY, code, words)

    async def _reset(self, reply: Reply) -> None:
        """Leave no half-open transaction behind, or else no connection."""
        if not self.usable:
            return
        refused = reply.code is not None and reply.code >= 400
        if not refused or (await self._command(reply.stage, (b"RSET",), self._timeouts.mail)).code != 250:
            abort(self._client)


def abort(client: aiosmtplib.SMTP) -> None:
    """End the connection at once. Closing it would still send what is buffered, the dot included, and wait for TLS."""
    if isinstance(client.transport, asyncio.WriteTransport):
        client.transport.abort()
    client.close()
