"""What is delivered, to whom it is handed over, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    LEFT_OUT = "left_out"


class Stage(StrEnum):
    """The step of an SMTP dialogue that a reply answers (RFC 5321, section 4.3.2)."""

    CONNECT = "connect"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    """The reply to the dot that ends the message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said, in its own words. `code` is None where the connection broke before an answer."""

    stage: Stage
    code: int | None
    text: str = ""
    enhanced: str = ""
    """The enhanced status code, `5.1.1` (RFC 3463); empty where the server gave none."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one address, line ends CRLF."""

    delivery_id: int
    mail_from: str
    recipient: str
    message: bytes
    envid: str = ""
    """What a notification about it names it by (RFC 3461, section 4.4); empty: none is asked for."""
    stuffed: bytes = b""
    """The message as SMTP wants it, its dots stuffed (RFC 5321, section 4.5.2); empty: not made yet."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender holds."""

    delivery_id: int
    blueprint_id: int
    address: str
    slots: Mapping[str, str]
    """Values for the blueprint's slots: `to`, `message_id`, and the tokens that this row keeps."""
    tries: int = 0
    first_tried_at: datetime | None = None
    wait: float = 0.0
    """Seconds after the claim before which it may not begin: its receiving domain's rate."""

    @property
    def domain(self) -> str:
        """The receiving domain, lower-case: the lane this delivery travels in."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Finished:
    """How one try of one delivery ended, and what becomes of the delivery."""

    delivery_id: int
    state: State
    relay: str
    reply: Reply
    started_at: datetime
    finished_at: datetime
    next_try_at: datetime | None = None
    reason: str = ""
    counts: bool = True
    """False where the try failed for no fault of this delivery, as when the relay was down: it is not used up."""


class Ledger(Protocol):
    """The record as the delivery engine sees it. Every call is one short transaction."""

    @property
    def inline(self) -> bool:
        """Whether a call is so quick that it may be made in the event loop; otherwise make it in a thread."""
        ...

    def claim(self, limit: int) -> Sequence[Claimed]:
        """Hold up to `limit` due deliveries, in digest order. Empty: nothing is due that may go out now."""
        ...

    def turn(self, finished: Sequence[Finished], begin: Sequence[int]) -> frozenset[int]:
        """Write outcomes and move `begin` from claimed to sending, in one commit; return those that may go out.

        Raises OwnershipLostError where another sender holds what this one finished.
        """
        ...

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed and not begun."""
        ...

    def blueprint(self, blueprint_id: int) -> bytes:
        """The stored form of a blueprint."""
        ...

    def rest(self, lane: str, until: datetime, reason: str) -> None:
        """Send nothing to this lane (`domain:example.com`) before `until`."""
        ...

    def reserve(self, lane: str, per_second: float, count: int) -> float:
        """Plan `count` letters in a row on a lane (`relay:host:port`); how many seconds the first one must wait."""
        ...


class Connection(Protocol):
    """One open session with a mail server."""

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        """Offer one message; the reply that decides. Never raises for what the server says or fails to say.

        `following` is the one that comes next on this session: it may be announced already, yet nothing of it may be
        delivered before it is sent in its turn. Where it does not come, the session is closed.
        """
        ...

    async def close(self) -> None:
        """End the session politely."""
        ...

    @property
    def usable(self) -> bool:
        """Whether another message may be offered."""
        ...


class Relay(Protocol):
    """One mail server that takes letters."""

    name: str
    """How attempts name it: `smtp.example.org:587`."""
    weight: int
    """Its share of the connections, beside those of the other relays."""

    async def connect(self) -> Connection | Reply:
        """Open a session, or return the reply that refused it."""
        ...


class Sender(Protocol):
    """How letters leave. A plug-in: one file that names its `kind`, registered under `digest.senders`.

    The class carries `kind: ClassVar[str]` and a pydantic model `Settings` for its keys in config.yaml, and is made
    with `(settings, folder)`, the folder of config.yaml.
    """

    connections: int
    """How many sessions may be open at once, to all relays together."""

    @property
    def relays(self) -> Sequence[Relay]:
        """Where it hands letters over; one that is in trouble is rested, and the others take its letters."""
        ...
