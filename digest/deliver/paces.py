"""The rate of one relay: letters go out at even distances, agreed with all other senders through the record."""

import asyncio
import math
from collections.abc import Callable

from digest.deliver.calls import ask
from digest.types import Ledger

_MOST_AT_ONCE = 100
_RATE_HOLDS_SECONDS = 60.0
"""A rate is asked again after so long: it grows from day to day while a relay is warmed up."""


class Pace:
    """Hands out moments to begin a letter, at most a second's worth reserved at a time."""

    def __init__(self, ledger: Ledger, relay: str, rate: Callable[[str], float | None]) -> None:
        self._ledger = ledger
        self._lane = f"relay:{relay}"
        self._ask_rate = rate
        self._loop = asyncio.get_running_loop()
        self._reserving = asyncio.Lock()
        self._rate: float | None = None
        self._asked_at = -math.inf
        self._next = 0.0
        self._left = 0

    @property
    def limited(self) -> bool:
        """Whether there was a rate when it was asked for last."""
        return self._rate is not None

    async def seconds_to_wait(self) -> float:
        """How long to wait before the next letter may begin on this relay."""
        async with self._reserving:
            if not self._left:
                await self._look()
            if self._rate is None:
                return 0.0
            if not self._left:
                await self._reserve(self._rate)
            moment = self._next
            self._next += 1 / self._rate
            self._left -= 1
        return max(0.0, moment - self._loop.time())

    async def _look(self) -> None:
        if self._loop.time() - self._asked_at >= _RATE_HOLDS_SECONDS:
            self._asked_at = self._loop.time()
            self._rate = await ask(self._ledger, self._ask_rate, self._lane)

    async def _reserve(self, rate: float) -> None:
        count = max(1, min(int(rate), _MOST_AT_ONCE))
        seconds = await ask(self._ledger, self._ledger.reserve, self._lane, rate, count)
        self._next, self._left = self._loop.time() + seconds, count
