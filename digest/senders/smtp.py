"""Sends over SMTP: settings, and the set-up of a connection: greeting, EHLO, STARTTLS, AUTH."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar, Literal, Self, cast

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, SecretStr, model_validator

from digest.senders.envelope import Offers
from digest.senders.line import Line
from digest.senders.replies import read_reply
from digest.senders.session import ReplyTimeouts, SmtpSession
from digest.types import Connection, Reply, Stage


class Relay(BaseModel):
    """One of several mail servers. Of every ten connections a relay of weight 3 beside one of 7 gets three."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    weight: int = Field(default=1, ge=1, le=100)


class Timeouts(BaseModel):
    """Seconds to wait for a reply; the defaults are the least that RFC 5321, section 4.5.3.2 asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    greeting: PositiveFloat = 300
    mail: PositiveFloat = 300
    rcpt: PositiveFloat = 300
    data: PositiveFloat = 120
    body: PositiveFloat = 600


class SmtpSettings(BaseModel):
    """The keys of `kind: smtp`. Give either `host` and `port`, or `relays`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    relays: tuple[Relay, ...] = ()
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    verify: bool = True
    """Whether the server's certificate must be good; turned off, anybody on the way can read the letters."""
    username: str = ""
    password: SecretStr = SecretStr("")
    hostname: str | None = None
    """Our own name in EHLO; None: the machine's."""
    connections: int = Field(default=10, ge=1, le=100)
    timeouts: Timeouts = Timeouts()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.host) == bool(self.relays):
            raise ValueError("give either host or relays")
        if self.username and self.tls == "none":
            raise ValueError("the password would travel in the clear; set tls to starttls or implicit")
        return self

    @property
    def servers(self) -> tuple[Relay, ...]:
        """The relays, of which `host` and `port` may be the only one."""
        return self.relays or (Relay(host=self.host, port=self.port),)


class SmtpSender:
    """The sender of `kind: smtp`."""

    kind: ClassVar[str] = "smtp"
    Settings = SmtpSettings

    def __init__(self, settings: SmtpSettings, folder: Path) -> None:
        tls = None if settings.tls == "none" else _tls_context(settings.verify)
        self.connections = settings.connections
        self.relays = tuple(SmtpRelay(server, settings, tls) for server in settings.servers)


class SmtpRelay:
    """One mail server of an SmtpSender."""

    def __init__(self, server: Relay, settings: SmtpSettings, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._settings = settings
        self._tls = tls
        self.name = f"{server.host}:{server.port}"
        self.weight = server.weight

    async def connect(self) -> Connection | Reply:
        """Set up a session, or return the reply of the step that failed."""
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            local_hostname=settings.hostname,
            timeout=settings.timeouts.greeting,
            use_tls=settings.tls == "implicit",
            start_tls=False,
            tls_context=self._tls,
        )
        try:
            for stage, step in self._steps(client):
                refusal = await _attempt(stage, step)
                if refusal:
                    _abort(client)
                    return refusal
        except asyncio.CancelledError:
            _abort(client)
            raise
        # From here on the dialogue is ours: aiosmtplib waits for the reply to each command, four times a message.
        line = Line(cast(asyncio.Transport, client.transport))
        limits = settings.timeouts
        timeouts = ReplyTimeouts(limits.mail, limits.rcpt, limits.data, limits.body)
        return SmtpSession(line, Offers.read(client.esmtp_extensions), timeouts)

    def _steps(self, client: aiosmtplib.SMTP) -> list[tuple[Stage, Callable[[], Awaitable[object]]]]:
        settings = self._settings
        steps: list[tuple[Stage, Callable[[], Awaitable[object]]]] = [
            (Stage.CONNECT, client.connect),
            (Stage.EHLO, lambda: _greet(client)),
        ]
        if settings.tls == "starttls":
            # What the server offered in the clear is forgotten, so it is asked again (RFC 3207, section 4.2).
            steps += [(Stage.TLS, client.starttls), (Stage.EHLO, lambda: _greet(client))]
        if settings.username:
            secret = settings.password.get_secret_value()
            steps.append((Stage.AUTH, lambda: client.login(settings.username, secret)))
        return steps


def _tls_context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _greet(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO for a server that does not know it (RFC 5321, section 3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in (500, 502, 504):
            raise
        await client.helo()


async def _attempt(stage: Stage, step: Callable[[], Awaitable[object]]) -> Reply | None:
    """Take one step of the set-up; the reply says what stood in its way."""
    try:
        await step()
    except aiosmtplib.SMTPResponseException as error:
        return read_reply(stage, error.code, error.message.encode("utf-8", "replace"))
    except (aiosmtplib.SMTPException, OSError) as error:
        stage = Stage.TLS if isinstance(error.__cause__, ssl.SSLError) else stage
        return Reply(stage, None, str(error))
    return None


def _abort(client: aiosmtplib.SMTP) -> None:
    """End the connection at once; aiosmtplib's own close would wait for TLS."""
    if isinstance(client.transport, asyncio.WriteTransport):
        client.transport.abort()
    client.close()
