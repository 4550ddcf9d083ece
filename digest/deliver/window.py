"""What this sender holds and has not begun: claimed a few hundred at a time, shared by all workers."""

from collections import deque

from digest.types import Claimed, Ledger

_SIZE = 200
"""One commit holds so many; at a stop, so many at most are given back."""


class Window:
    """The claimed deliveries, in digest order."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._claimed: deque[Claimed] = deque()

    def fill(self) -> bool:
        """Claim more where nothing is left; false where nothing is due."""
        if not self._claimed:
            self._claimed.extend(self._ledger.claim(_SIZE))
        return bool(self._claimed)

    def take(self) -> Claimed | None:
        """The next delivery to begin; None where another worker was quicker."""
        return self._claimed.popleft() if self._claimed else None

    def release(self, domain: str | None = None) -> None:
        """Give back what is not begun: all of it, or what goes to one domain."""
        leaving = [one for one in self._claimed if domain in (None, one.domain)]
        self._claimed = deque(one for one in self._claimed if domain not in (None, one.domain))
        if leaving:
            self._ledger.release([one.delivery_id for one in leaving])
