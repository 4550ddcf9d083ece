"""What this sender holds and has not begun: claimed a few hundred at a time, shared by all workers."""

import asyncio
import heapq
from collections import deque

from digest.deliver.calls import ask
from digest.types import Claimed, Ledger

_SIZE = 500
"""One commit holds so many; at a stop, so many at most are given back."""


class Window:
    """The claimed deliveries, in digest order; those whose receiving domain is paced come when their time is."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._ready: deque[Claimed] = deque()
        self._waiting: list[tuple[float, int, Claimed]] = []
        self._claiming = asyncio.Lock()
        self._drained = False

    async def fill(self) -> bool:
        """Claim more where nothing is left; false where nothing is due.

        One worker finds that out for all: ten who ask in turn would hold up the last letters by 50 ms.
        """
        if self._ready or self._waiting:
            return True
        async with self._claiming:
            if not (self._ready or self._waiting or self._drained):
                now = self._loop.time()
                for one in await ask(self._ledger, self._ledger.claim, _SIZE):
                    self._add(one, now)
                self._drained = not (self._ready or self._waiting)
        return bool(self._ready or self._waiting)

    def _add(self, one: Claimed, now: float) -> None:
        if one.wait > 0:
            heapq.heappush(self._waiting, (now + one.wait, one.delivery_id, one))
        else:
            self._ready.append(one)

    @property
    def seconds_left(self) -> float:
        """How long until the first one is ready; 0 where one is, or none is held."""
        if self._ready or not self._waiting:
            return 0.0
        return max(0.0, self._waiting[0][0] - self._loop.time())

    def take(self) -> Claimed | None:
        """The next delivery to begin; None where none is ready."""
        if self._waiting and self._waiting[0][0] <= self._loop.time():
            return heapq.heappop(self._waiting)[2]
        return self._ready.popleft() if self._ready else None

    def put_back(self, one: Claimed) -> None:
        """Hold one that was taken and not begun; it comes next."""
        self._ready.appendleft(one)

    async def release(self, domain: str | None = None) -> None:
        """Give back what is not begun: all of it, or what goes to one domain."""
        held = [*self._ready, *(one for _, _, one in self._waiting)]
        leaving = {one.delivery_id for one in held if domain in (None, one.domain)}
        self._ready = deque(one for one in self._ready if one.delivery_id not in leaving)
        self._waiting = [entry for entry in self._waiting if entry[1] not in leaving]
        heapq.heapify(self._waiting)
        if leaving:
            self._drained = False
            await ask(self._ledger, self._ledger.release, sorted(leaving))
