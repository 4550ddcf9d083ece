"""Several relays, their weights, their rests, and the rate of each."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from digest.deliver.paces import Pace
from digest.deliver.relays import Relays, Route
from digest.types import Connection, Reply, Stage, State
from tests.deliver.scripted import HANG_UP, ScriptedServer

Scripted = Callable[..., ScriptedServer]
Make = Callable[..., Any]
READERS = [f"reader{number}@example.com" for number in range(20)]
TROUBLE = Reply(Stage.CONNECT, None, "down")


class Named:
    def __init__(self, name: str, weight: int) -> None:
        self.name, self.weight = name, weight

    async def connect(self) -> Connection | Reply:
        return TROUBLE


def route(name: str = "a", weight: int = 1) -> Route:
    return Route(Named(name, weight), cast(Pace, None), timedelta(seconds=5))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock; its one entry may be moved."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_connections_are_shared_out_by_weight() -> None:
    pool = Relays([route("a", 3), route("b", 1)], None)
    names: Counter[str] = Counter()
    for _ in range(8):
        picked = pool.pick()
        assert picked
        picked.open += 1
        names[picked.relay.name] += 1
    assert names == {"a": 6, "b": 2}


def test_a_rest_doubles_up_to_five_minutes(clock: list[float]) -> None:
    one, rests = route(), []
    for _ in range(8):
        one.note_trouble(TROUBLE)
        rests.append(one.seconds_left)
        clock[0] += one.seconds_left
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300]


def test_trouble_in_a_rest_is_the_same_trouble(clock: list[float]) -> None:
    one = route()
    for _ in range(3):
        one.note_trouble(TROUBLE)
    assert (one.troubles, one.seconds_left) == (1, 5)


def test_given_up_only_where_all_are(clock: list[float]) -> None:
    sick, well = route(), route()
    pool = Relays([sick, well], 3)
    for one in (sick, sick, sick, well, well):
        one.note_trouble(TROUBLE)
        clock[0] += 300
    assert not pool.given_up
    well.note_trouble(TROUBLE)
    assert pool.given_up


@pytest.mark.parametrize("script", [{"CONNECT": "554 go away"}, {"CONNECT": HANG_UP}, {"MAIL": "451 4.3.0 later"}])
def test_the_others_take_over_from_a_sick_one(
    script: dict[str, str], scripted: Scripted, ledger_of: Make, run: Make
) -> None:
    sick, well = scripted(script), scripted()
    ledger = run(ledger_of(READERS), sick.port, well.port, connections=4, relay_pause=3600).ledger
    assert set(ledger.states.values()) == {State.SENT}
    assert {one.relay for one in ledger.outcomes.values()} == {f"127.0.0.1:{well.port}"}


def test_each_attempt_names_its_own_relay(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    one, other = scripted(), scripted()
    ledger = run(ledger_of(READERS), one.port, other.port, connections=2).ledger
    names = Counter(outcome.relay.rpartition(":")[2] for outcome in ledger.outcomes.values())
    assert names == {str(server.port): server.received.total() for server in (one, other)}


def test_no_more_connections_than_letters(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    run(ledger_of(READERS[:3]), server.port, connections=10)
    assert server.connections <= 3


# ── rates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_relays_rate_is_reserved_a_second_at_a_time(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    ledger = run(ledger_of(READERS), server.port, connections=2, rate=60.0).ledger
    assert ledger.reserved == [(f"relay:127.0.0.1:{server.port}", 60.0, 60)]
    assert server.received.total() == len(READERS)


def test_with_a_rate_nothing_is_announced_ahead_of_its_time(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    run(ledger_of(READERS[:3]), server.port, rate=1000.0)
    assert not any(b"\r\n.\r\nMAIL" in group for group in server.groups)
