"""When a host may be asked again: one question a second, however many sources it has."""

import asyncio
from collections import defaultdict


class Pace:
    """Spreads the questions to each host over time. Moments are seconds of any clock that only goes forward."""

    def __init__(self, seconds_apart: float) -> None:
        self._apart = seconds_apart
        self._next: defaultdict[str, float] = defaultdict(lambda: float("-inf"))

    def reserve(self, host: str, now: float, at_least: float = 0.0) -> float:
        """Book the host's next turn; how many seconds to wait for it. `at_least`: the host wants this distance."""
        begin = max(now, self._next[host])
        self._next[host] = begin + max(self._apart, at_least)
        return begin - now

    async def turn(self, host: str, at_least: float = 0.0) -> None:
        """Wait for the host's next turn."""
        await asyncio.sleep(self.reserve(host, asyncio.get_running_loop().time(), at_least))
