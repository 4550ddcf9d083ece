"""A ledger in memory that keeps a record of its calls, and ways to run one send against a real server."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.blueprint import Blueprint, Place, Slot
from digest.deliver import Policy, deliver
from digest.deliver.retry import Uncertain
from digest.errors import OwnershipLostError
from digest.senders.smtp import SmtpSender, SmtpSettings
from digest.testserver import TestServer, read_faults
from digest.types import Claimed, Connection, Finished, Outgoing, Reply, Sender, State

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)

BLUEPRINT = Blueprint(
    (
        b"From: news@example.org\r\nTo: ",
        b"\r\nMessage-ID: ",
        b"\r\nSubject: News\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n.first line\r\n" + b"One more line of it.\r\n" * 100,
    ),
    (Slot("to", Place.HEADER), Slot("message_id", Place.HEADER)),
).to_bytes()


@dataclass
class MemoryLedger:
    """Deliveries in memory. `refused` may not begin; `lose_at` makes that turn find another sender in charge."""

    addresses: Sequence[str]
    refused: frozenset[int] = frozenset()
    lose_at: int | None = None
    on_begin: Callable[[], object] = lambda: None
    slots: dict[str, str] = field(default_factory=dict)
    stored: bytes = BLUEPRINT
    states: dict[int, State] = field(default_factory=dict)
    outcomes: dict[int, Finished] = field(default_factory=dict)
    turns: list[tuple[int, int]] = field(default_factory=list)
    rests: list[tuple[str, datetime, str]] = field(default_factory=list)
    most_sending: int = 0

    def __post_init__(self) -> None:
        self.states = dict.fromkeys(range(1, len(self.addresses) + 1), State.QUEUED)

    def claim(self, limit: int) -> Sequence[Claimed]:
        resting = {lane.partition(":")[2] for lane, _, _ in self.rests}
        due = [self._claimed(number) for number, state in self.states.items() if state is State.QUEUED]
        due = [one for one in due if one.domain not in resting][:limit]
        self.states.update({one.delivery_id: State.CLAIMED for one in due})
        return due

    def _claimed(self, number: int) -> Claimed:
        address = self.addresses[number - 1]
        slots = self.slots or {"to": address, "message_id": f"<{number}@example.org>"}
        return Claimed(number, 1, address, slots)

    def turn(self, finished: Sequence[Finished], begin: Sequence[int]) -> frozenset[int]:
        self.turns.append((len(finished), len(begin)))
        if self.lose_at == len(self.turns):
            raise OwnershipLostError("another sender has taken over; this one stops")
        for one in finished:
            assert self.states[one.delivery_id] is State.SENDING
            self.states[one.delivery_id] = one.state
            self.outcomes[one.delivery_id] = one
        begun = frozenset(begin) - self.refused
        for number in begin:
            assert self.states[number] is State.CLAIMED
            self.states[number] = State.SENDING if number in begun else State.LEFT_OUT
        self.most_sending = max(self.most_sending, list(self.states.values()).count(State.SENDING))
        if begin:
            self.on_begin()
        return begun

    def release(self, delivery_ids: Sequence[int]) -> None:
        assert {self.states[number] for number in delivery_ids} == {State.CLAIMED}
        self.states.update(dict.fromkeys(delivery_ids, State.QUEUED))

    def blueprint(self, blueprint_id: int) -> bytes:
        return self.stored

    def rest(self, lane: str, until: datetime, reason: str) -> None:
        self.rests.append((lane, until, reason))


@dataclass
class Guarded:
    """A sender that lets nothing out which its ledger has not moved to `sending`."""

    sender: Sender
    ledger: MemoryLedger
    opened: int = 0

    def __post_init__(self) -> None:
        self.name = self.sender.name
        self.connections = self.sender.connections

    async def connect(self) -> Connection | Reply:
        self.opened += 1
        answer = await self.sender.connect()
        return answer if isinstance(answer, Reply) else GuardedConnection(answer, self.ledger)


@dataclass
class GuardedConnection:
    connection: Connection
    ledger: MemoryLedger

    async def send(self, mail: Outgoing) -> Reply:
        assert self.ledger.states[mail.delivery_id] is State.SENDING
        return await self.connection.send(mail)

    async def close(self) -> None:
        await self.connection.close()

    @property
    def usable(self) -> bool:
        return self.connection.usable


@dataclass
class Sent:
    """How a send ended."""

    ledger: MemoryLedger
    reports: list[Finished]
    refusal: Reply | None
    connections_opened: int


Run = Callable[..., Sent]


@pytest.fixture
def run() -> Run:
    """Send all of a ledger to a port; `stop_on_begin` stops as soon as the first letter is begun."""

    def send(
        ledger: MemoryLedger,
        port: int,
        *,
        connections: int = 1,
        patient: bool = False,
        stop_on_begin: bool = False,
        uncertain: Uncertain = "resend",
        relay_pause: float = 0,
    ) -> Sent:
        settings = SmtpSettings.model_validate(
            {"host": "127.0.0.1", "port": port, "tls": "none", "hostname": "localhost", "connections": connections}
        )
        sender = Guarded(SmtpSender(settings, Path()), ledger)
        reports: list[Finished] = []

        async def main() -> Reply | None:
            stop = asyncio.Event()
            if stop_on_begin:
                ledger.on_begin = stop.set
            policy = Policy(uncertain=uncertain, relay_pause=timedelta(seconds=relay_pause))
            return await deliver(
                ledger,
                sender,
                return_path=lambda number: f"bounces+{number}@example.org",
                clock=lambda: NOW,
                policy=policy,
                stop=stop,
                report=reports.append,
                patient=patient,
            )

        return Sent(ledger, reports, asyncio.run(main()), sender.opened)

    return send


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], TestServer]]:
    """Start a test server with the faults of a YAML text; its Maildir is `store`."""
    with ExitStack() as stack:

        def begin(faults: str = "") -> TestServer:
            (tmp_path / "faults.yaml").write_text(faults)
            server = TestServer(tmp_path / "store", faults=read_faults(tmp_path / "faults.yaml"))
            return stack.enter_context(server)

        yield begin


@pytest.fixture
def ledger_of() -> Callable[..., MemoryLedger]:
    """Makes a ledger of some addresses."""
    return MemoryLedger
