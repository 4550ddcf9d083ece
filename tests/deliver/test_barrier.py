"""Law 1 at the wire: no message is complete at the server before its delivery was moved to `sending`."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from digest.deliver.turns import Turns
from digest.errors import OwnershipLostError
from digest.types import Finished, State
from tests.deliver.scripted import ScriptedServer

Scripted = Callable[..., ScriptedServer]
Make = Callable[..., Any]
READERS = [f"{number}@example.com" for number in range(1, 25)]
LEFT = (State.SENDING, State.SENT, State.UNCERTAIN)


@pytest.mark.parametrize(("inline", "commit_seconds"), [(True, 0.0), (False, 0.0), (False, 0.05)])
def test_a_message_arrives_only_after_its_commit(
    inline: bool, commit_seconds: float, scripted: Scripted, ledger_of: Make, run: Make
) -> None:
    ledger = ledger_of(READERS, inline=inline, commit_seconds=commit_seconds)
    at_arrival: list[State] = []
    server = scripted(on_message=lambda reader: at_arrival.append(ledger.states[int(reader.partition("@")[0])]))
    run(ledger, server.port, connections=3)
    assert at_arrival == [State.SENDING] * len(READERS)
    assert ledger.most_sending <= 3


@pytest.mark.parametrize("turn", [1, 2, 5, 9])
@pytest.mark.parametrize("inline", [True, False])
def test_cut_off_in_a_slow_commit_nothing_is_lost_to_the_record(
    turn: int, inline: bool, scripted: Scripted, ledger_of: Make, run: Make
) -> None:
    server = scripted()
    ledger = ledger_of(READERS, inline=inline, commit_seconds=0.02)
    with pytest.raises(asyncio.CancelledError):
        run(ledger, server.port, connections=3, cancel_at_turn=turn)
    server.stop()
    states = {reader: ledger.states[number] for number, reader in enumerate(READERS, 1)}
    assert all(states[reader] in LEFT for reader in server.received)
    assert list(states.values()).count(State.SENDING) <= 3


def test_one_commit_serves_all_that_is_ready(ledger_of: Make) -> None:
    ledger = ledger_of(READERS)
    ledger.claim(10)

    async def main() -> list[bool]:
        turns = Turns(ledger, lambda one: None)
        return list(await asyncio.gather(*(turns.take(None, number) for number in (1, 2, 3))))

    assert asyncio.run(main()) == [True, True, True]
    assert ledger.turns == [(0, 3)]


def test_after_a_commit_that_failed_nothing_is_begun(ledger_of: Make) -> None:
    ledger = ledger_of(READERS, lose_at=1)
    ledger.claim(10)

    async def main() -> None:
        turns = Turns(ledger, lambda one: None)
        for number in (1, 2):
            with pytest.raises(OwnershipLostError):
                await turns.take(None, number)

    asyncio.run(main())
    assert len(ledger.turns) == 1


@pytest.mark.parametrize("inline", [True, False])
def test_a_report_that_fails_ends_the_send(inline: bool, scripted: Scripted, ledger_of: Make, run: Make) -> None:
    def fail(one: Finished) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(ledger_of(READERS, inline=inline), scripted().port, connections=2, report=fail)
