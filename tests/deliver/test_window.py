"""What a sender holds: in order, those whose time has come, and given back where they cannot go."""

import asyncio
from collections.abc import Callable
from typing import Any

from digest.deliver.window import Window
from digest.types import State

Make = Callable[..., Any]
READERS = ["a@one.example", "b@two.example", "c@one.example"]


def test_one_that_must_wait_lets_the_others_by(ledger_of: Make) -> None:
    async def main() -> list[int | None]:
        window = Window(ledger_of(READERS, waits={1: 3600.0}))
        await window.fill()
        taken = [window.take(), window.take(), window.take()]
        assert window.seconds_left > 3000
        return [one.delivery_id if one else None for one in taken]

    assert asyncio.run(main()) == [2, 3, None]


def test_what_is_put_back_comes_next(ledger_of: Make) -> None:
    async def main() -> int | None:
        window = Window(ledger_of(READERS))
        await window.fill()
        first = window.take()
        assert first
        window.put_back(first)
        second = window.take()
        return second.delivery_id if second else None

    assert asyncio.run(main()) == 1


def test_a_domain_is_given_back_waiting_or_not(ledger_of: Make) -> None:
    ledger = ledger_of(READERS, waits={3: 3600.0})

    async def main() -> None:
        window = Window(ledger)
        await window.fill()
        await window.release("one.example")

    asyncio.run(main())
    assert list(ledger.states.values()) == [State.QUEUED, State.CLAIMED, State.QUEUED]
