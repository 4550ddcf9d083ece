"""Watches receiving domains for signs that they do not want us, so that we stop before we are locked out."""

from collections import Counter
from datetime import datetime, timedelta

_IN_A_ROW = 3
_SHARE = 0.05
_PERIOD = timedelta(minutes=10)


class LaneWatch:
    """Counts refusals for policy by domain; forgets all counts every ten minutes, so its memory stays small."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._outcomes: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._streaks: Counter[str] = Counter()

    def note(self, domain: str, *, policy: bool, now: datetime) -> bool:
        """Take in one outcome; true where the domain must rest: three refusals in a row, or 5 % of ten minutes.

        The share counts from three refusals on, for one in a handful says nothing.
        """
        if self._since is None or now - self._since >= _PERIOD:
            self._since = now
            self._outcomes.clear()
            self._refusals.clear()
        self._outcomes[domain] += 1
        if not policy:
            self._streaks.pop(domain, None)
            return False
        self._refusals[domain] += 1
        self._streaks[domain] += 1
        return self._refusals[domain] >= _IN_A_ROW and (
            self._streaks[domain] >= _IN_A_ROW or self._refusals[domain] >= _SHARE * self._outcomes[domain]
        )
