"""What the test server answers: aiosmtpd's hooks, each of which asks the faults first."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from aiosmtpd.smtp import Envelope, Session

from digest.testserver.faults import Act, Faults, FaultStage
from digest.testserver.maildir import Maildir


class Line(Protocol):
    """The connection as far as a fault needs it."""

    def hang_up(self) -> None:
        """Close without another word and end this dialogue."""
        ...


class Handler:
    """The same for all clients: the faults count over all of them."""

    def __init__(self, store: Maildir, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    async def misbehave(self, server: Line, stage: FaultStage, recipients: Sequence[str] = ("",)) -> str | None:
        """Do what the rules say for this moment; the reply to give, or None where all is to go well."""
        rule = self._faults.strike(stage, recipients)
        if rule is None:
            return None
        if rule.do is Act.SLOW:
            await asyncio.sleep(rule.seconds)
            return None
        if rule.do is Act.HANG_UP:
            server.hang_up()
        return rule.reply

    async def handle_EHLO(  # noqa: N802
        self, server: Line, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet the client."""
        reply = await self.misbehave(server, "ehlo")
        if reply is not None:
            return [reply]
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Line, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a message."""
        reply = await self.misbehave(server, "mail")
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Line, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        reply = await self.misbehave(server, "rcpt", (address,))
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 2.1.5 OK"

    async def handle_DATA(self, server: Line, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the message. A hang-up here comes after it is stored: the client cannot know (the uncertain case)."""
        rule = self._faults.strike("body", envelope.rcpt_tos)
        if rule and rule.do in (Act.REFUSE, Act.DEFER):
            return rule.reply
        assert isinstance(envelope.content, bytes)
        self._store.store(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        if rule and rule.do is Act.HANG_UP:
            server.hang_up()
        if rule and rule.do is Act.SLOW:
            await asyncio.sleep(rule.seconds)
        return "250 2.0.0 stored"
