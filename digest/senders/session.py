"""The dialogue over a session that is set up: one round trip per message where the server takes commands in groups.

A group is the end of one message and the opening of the next: `body . MAIL RCPT DATA` (RFC 2920, section 3.1). Without
PIPELINING each command waits for the reply to the one before.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from digest.senders.envelope import Commands, Offers, TooBigError, open_message
from digest.senders.line import Line
from digest.senders.replies import read_reply
from digest.senders.wire import AddressError, encode_message
from digest.types import Outgoing, Reply, Stage

_QUIT_SECONDS: Final = 2
"""A stop must end within 10 s, and a server that does not say goodbye loses nothing."""
_OPENING: Final = ((Stage.MAIL, 2), (Stage.RCPT, 2), (Stage.DATA, 3))
"""What is asked before a message, and the first digit of a good answer."""
_DOT: Final = b".\r\n"
_RESET: Final = b"RSET\r\n"


@dataclass(frozen=True, slots=True)
class ReplyTimeouts:
    """Seconds to wait for the reply to each command (RFC 5321, section 4.5.3.2)."""

    mail: float
    rcpt: float
    data: float
    body: float


class SmtpSession:
    """A session after EHLO, TLS and AUTH."""

    def __init__(self, line: Line, offers: Offers, timeouts: ReplyTimeouts) -> None:
        self._line = line
        self._offers = offers
        self._seconds = {
            Stage.MAIL: timeouts.mail,
            Stage.RCPT: timeouts.rcpt,
            Stage.DATA: timeouts.data,
            Stage.BODY: timeouts.body,
        }
        self._stage = Stage.MAIL
        self._announced: Outgoing | None = None
        self._commands: Commands = (b"", b"", b"")

    @property
    def usable(self) -> bool:
        """Whether the line still stands."""
        return not self._line.fault

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        """Send one message and announce the `following` one. The first reply that is not good decides.

        Cancelled, it ends the session and returns a reply without a code for the stage that was reached.
        """
        try:
            return await self._send(mail, following)
        except asyncio.CancelledError:
            self._line.abort("the sender stopped before the server answered")
            return Reply(self._stage, None, self._line.fault)

    async def close(self) -> None:
        """QUIT, without waiting long for the answer. A server that waits for a message is left without a word."""
        if self._announced is None:
            self._line.say(b"QUIT\r\n", 1)
            await self._line.hear(_QUIT_SECONDS)
        self._line.abort("the session is over")

    async def _send(self, mail: Outgoing, following: Outgoing | None) -> Reply:
        self._stage = Stage.MAIL
        if mail is not self._announced:
            try:
                commands = open_message(mail, self._offers)
            except AddressError as error:
                return Reply(Stage.RCPT, 553, str(error), error.enhanced)
            except TooBigError as error:
                return Reply(Stage.DATA, 552, str(error), "5.3.4")
            self._open(mail, commands)
        codes: list[int] = []
        refused = await self._hear_opening(codes)
        self._announced = None
        if refused is None:
            return await self._finish(mail, following)
        if self.usable:
            await self._leave(codes, following)
        return refused

    def _open(self, mail: Outgoing, commands: Commands) -> None:
        if self._announced is not None:
            # A server that waits for one message must not be given another.
            self._line.abort("the letter that was announced does not come")
        self._announced, self._commands = mail, commands
        if self._offers.pipelining:
            self._line.say(b"".join(commands), 3)

    async def _hear_opening(self, codes: list[int]) -> Reply | None:
        """Hear what the server says to MAIL, RCPT and DATA: its first refusal, and every code."""
        refused = None
        for (stage, good), command in zip(_OPENING, self._commands, strict=True):
            if refused and not self._offers.pipelining:
                break
            self._stage = stage
            if not self._offers.pipelining:
                self._line.say(command, 1)
            answer = await self._line.hear(self._seconds[stage])
            if answer is None:
                return refused or Reply(stage, None, self._line.fault)
            codes.append(answer[0])
            if answer[0] // 100 != good:
                refused = refused or read_reply(stage, *answer)
        return refused

    async def _leave(self, codes: Sequence[int], following: Outgoing | None) -> None:
        """Leave no half-open transaction behind, or else no connection."""
        way_out = _way_out(codes)
        if way_out is None:
            self._line.abort("the dialogue could not go on after a refusal")
            return
        opening = self._announce(following)
        self._line.say(way_out + opening, 4 if opening else 1)
        answer = await self._line.hear(self._seconds[Stage.MAIL])
        if answer is None or answer[0] == 421 or (way_out == _RESET and answer[0] // 100 != 2):
            self._line.abort("the dialogue could not go on after a refusal")

    async def _finish(self, mail: Outgoing, following: Outgoing | None) -> Reply:
        """Send the message itself, and hear what becomes of it."""
        if self._line.fault:
            return Reply(Stage.DATA, None, self._line.fault)
        self._stage = Stage.BODY
        message = mail.stuffed or encode_message(mail.message)
        opening = self._announce(following)
        self._line.say(b"".join((message, _DOT, opening)), 4 if opening else 1)
        answer = await self._line.hear(self._seconds[Stage.BODY])
        if answer is None:
            return Reply(Stage.BODY, None, self._line.fault)
        if answer[0] == 421:  # RFC 5321, section 3.8: the server closes now.
            self._line.abort("the server closes")
        return read_reply(Stage.BODY, *answer)

    def _announce(self, following: Outgoing | None) -> bytes:
        """The opening of the next message, if it may go along. What is wrong with it is told when it is sent."""
        if following is None or not self._offers.pipelining:
            return b""
        try:
            self._commands = open_message(following, self._offers)
        except (AddressError, TooBigError):
            return b""
        self._announced = following
        return b"".join(self._commands)


def _way_out(codes: Sequence[int]) -> bytes | None:
    """What ends a transaction that was refused; None where only closing does.

    A server that waits for a message though it took no recipient gets a lone dot (RFC 2920, section 3.1). After it took
    one, a dot would deliver an empty letter.
    """
    if any(code < 200 or code == 421 for code in codes):
        return None
    _, rcpt, data = (*codes, 500, 500)[:3]
    if data // 100 == 3:
        return _DOT if rcpt // 100 in (4, 5) else None
    # A code that is neither good nor a refusal tells nothing about where the server stands.
    understood = all(code >= 400 or code // 100 == good for code, (_, good) in zip(codes, _OPENING, strict=False))
    return _RESET if understood else None
