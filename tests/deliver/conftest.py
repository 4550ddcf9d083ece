"""A ledger in memory that keeps a record of its calls, and ways to run one send against a real server."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.blueprint import Blueprint, Place, Slot
from digest.deliver import Policy, deliver
from digest.deliver import run as on_quickest_loop
from digest.deliver.retry import Uncertain
from digest.errors import OwnershipLostError
from digest.senders.smtp import SmtpSender, SmtpSettings
from digest.testserver import TestServer, read_faults
from digest.types import Claimed, Connection, Finished, Outgoing, Relay, Reply, Sender, State
from tests.deliver.scripted import ScriptedServer

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
    reserved: list[tuple[str, float, int]] = field(default_factory=list)
    waits: dict[int, float] = field(default_factory=dict)
    most_sending: int = 0
    inline: bool = True
    commit_seconds: float = 0
    on_turn: Callable[[int], object] = lambda number: None

    def __post_init__(self) -> None:
        self.states = dict.fromkeys(range(1, len(self.addresses) + 1), State.QUEUED)

    def claim(self, limit: int) -> Sequence[Claimed]:
        resting = {lane.partition(":")[2] for lane, _, _ in self.rests}
        due = [self._claimed(number) for number in self.states if self._is_due(number)]
        due = [one for one in due if one.domain not in resting][:limit]
        self.states.update({one.delivery_id: State.CLAIMED for one in due})
        return due

    def _is_due(self, number: int) -> bool:
        state = self.states[number]
        again_at = self.outcomes[number].next_try_at if state is State.DEFERRED else None
        return state is State.QUEUED or (again_at is not None and again_at <= NOW)

    def _claimed(self, number: int) -> Claimed:
        address = self.addresses[number - 1]
        slots = self.slots or {"to": address, "message_id": f"<{number}@example.org>"}
        return Claimed(number, 1, address, slots, wait=self.waits.get(number, 0.0))

    def turn(self, finished: Sequence[Finished], begin: Sequence[int]) -> frozenset[int]:
        self.turns.append((len(finished), len(begin)))
        self.on_turn(len(self.turns))
        time.sleep(self.commit_seconds)
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

    def reserve(self, lane: str, per_second: float, count: int) -> float:
        self.reserved.append((lane, per_second, count))
        return 0.0


class Guarded:
    """A sender that lets nothing out which its ledger has not moved to `sending`."""

    def __init__(self, sender: Sender, ledger: MemoryLedger) -> None:
        self.connections = sender.connections
        self.relays = [GuardedRelay(relay, ledger) for relay in sender.relays]

    @property
    def opened(self) -> int:
        return sum(relay.opened for relay in self.relays)


class GuardedRelay:
    def __init__(self, relay: Relay, ledger: MemoryLedger) -> None:
        self.name, self.weight, self.opened = relay.name, relay.weight, 0
        self._relay, self._ledger = relay, ledger

    async def connect(self) -> Connection | Reply:
        self.opened += 1
        answer = await self._relay.connect()
        return answer if isinstance(answer, Reply) else GuardedConnection(answer, self._ledger)


@dataclass
class GuardedConnection:
    connection: Connection
    ledger: MemoryLedger

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        assert self.ledger.states[mail.delivery_id] is State.SENDING
        assert following is None or self.ledger.states[following.delivery_id] is State.CLAIMED
        return await self.connection.send(mail, following)

    async def close(self) -> None:
        await self.connection.close()

    @property
    def usable(self) -> bool:
        return self.connection.usable


def _canceller(turn: int) -> Callable[[int], object]:
    """Cancels the task that calls this, from within one of the ledger's turns, whichever thread that runs in."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    return lambda number: loop.call_soon_threadsafe(task.cancel) if number == turn else None


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
    """Send all of a ledger to one port or several; `stop_on_begin` stops as soon as the first letter is begun."""

    def send(
        ledger: MemoryLedger,
        port: int,
        *others: int,
        connections: int = 1,
        patient: bool = False,
        stop_on_begin: bool = False,
        uncertain: Uncertain = "resend",
        relay_pause: float = 0,
        rate: float | None = None,
        cancel_at_turn: int = 0,
        report: Callable[[Finished], object] = lambda one: None,
        **settings: object,
    ) -> Sent:
        relays = [{"host": "127.0.0.1", "port": one} for one in (port, *others)]
        values = {"relays": relays, "tls": "none", "hostname": "localhost", "connections": connections} | settings
        sender = Guarded(SmtpSender(SmtpSettings.model_validate(values), Path()), ledger)
        reports: list[Finished] = []

        def hear(one: Finished) -> None:
            report(one)
            reports.append(one)

        async def main() -> Reply | None:
            stop = asyncio.Event()
            if stop_on_begin:
                ledger.on_begin = stop.set
            if cancel_at_turn:
                ledger.on_turn = _canceller(cancel_at_turn)
            policy = Policy(uncertain=uncertain, relay_pause=timedelta(seconds=relay_pause))
            return await deliver(
                ledger,
                sender,
                token=str,
                return_path="bounces+{token}@example.org",
                relay_rate=lambda lane: rate,
                clock=lambda: NOW,
                policy=policy,
                stop=stop,
                report=hear,
                patient=patient,
            )

        return Sent(ledger, reports, on_quickest_loop(main()), sender.opened)

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


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    """Start a server that follows a script."""
    with ExitStack() as stack:
        yield lambda script=None, **options: stack.enter_context(ScriptedServer(script or {}, **options))
