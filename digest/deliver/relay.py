"""How the relay is doing: after trouble it rests, longer each time in a row, and all workers with it."""

import time
from datetime import timedelta

from digest.types import Reply

_LONGEST_SECONDS = 300.0


class RelayRest:
    """Pauses on the monotonic clock, for they are real waiting, whatever time the program is told it is."""

    def __init__(self, first_pause: timedelta, give_up_after: int | None) -> None:
        self._first_seconds = first_pause.total_seconds()
        self._give_up_after = give_up_after
        self._in_a_row = 0
        self._until = 0.0
        self.refusal: Reply | None = None

    def note_trouble(self, reply: Reply) -> None:
        """Begin a rest. Trouble during a rest is the same trouble, met by another worker."""
        self.refusal = reply
        if self.seconds_left > 0:
            return
        self._until = time.monotonic() + min(self._first_seconds * 2**self._in_a_row, _LONGEST_SECONDS)
        self._in_a_row = min(self._in_a_row + 1, 16)

    def note_success(self) -> None:
        """The relay took a message, or judged one on its merits."""
        self._in_a_row = 0

    @property
    def seconds_left(self) -> float:
        """How long the rest lasts; 0 or less when it is over."""
        return self._until - time.monotonic()

    @property
    def given_up(self) -> bool:
        """Whether there was trouble too often in a row to go on."""
        return self._give_up_after is not None and self._in_a_row >= self._give_up_after
