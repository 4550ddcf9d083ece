"""The relays of one sender and how they are doing: after trouble one rests, longer each time in a row."""

import time
from collections.abc import Sequence
from datetime import timedelta

from digest.deliver.paces import Pace
from digest.types import Relay, Reply

_LONGEST_SECONDS = 300.0


class Route:
    """One relay. It rests on the monotonic clock, for that is real waiting, whatever time the program is told it is."""

    def __init__(self, relay: Relay, pace: Pace, first_pause: timedelta) -> None:
        self.relay = relay
        self.pace = pace
        self.open = 0
        """Connections to it, also those that are being set up."""
        self.troubles = 0
        """So many in a row."""
        self.refusal: Reply | None = None
        self._first_seconds = first_pause.total_seconds()
        self._until = 0.0

    def note_trouble(self, reply: Reply) -> None:
        """Begin a rest. Trouble during a rest is the same trouble, met by another worker."""
        self.refusal = reply
        if self.seconds_left > 0:
            return
        self._until = time.monotonic() + min(self._first_seconds * 2.0**self.troubles, _LONGEST_SECONDS)
        self.troubles = min(self.troubles + 1, 16)

    def note_success(self) -> None:
        """The relay took a message, or judged one on its merits."""
        self.troubles = 0

    @property
    def seconds_left(self) -> float:
        """How long the rest lasts; 0 or less when it is over."""
        return self._until - time.monotonic()

    @property
    def load(self) -> float:
        """How far its share of the connections is used up, one more counted in."""
        return (self.open + 1) / self.relay.weight


class Relays:
    """All of them. `give_up_after`: so many troubles in a row of every one end the send; None: never."""

    def __init__(self, routes: Sequence[Route], give_up_after: int | None) -> None:
        self._routes = routes
        self._give_up_after = give_up_after

    def pick(self) -> Route | None:
        """The relay that is to have the next connection; None while all rest."""
        awake = [route for route in self._routes if route.seconds_left <= 0]
        return min(awake, key=lambda route: route.load) if awake else None

    def another(self, than: Route) -> bool:
        """Whether one beside this one is awake."""
        return len(self._routes) > 1 and any(one is not than and one.seconds_left <= 0 for one in self._routes)

    @property
    def seconds_left(self) -> float:
        """How long until the first one is awake."""
        return min(route.seconds_left for route in self._routes)

    @property
    def given_up(self) -> bool:
        """Whether all were in trouble too often in a row to go on."""
        limit = self._give_up_after
        return limit is not None and all(route.troubles >= limit for route in self._routes)

    @property
    def refusal(self) -> Reply | None:
        """What one that is in trouble said last."""
        return next((route.refusal for route in self._routes if route.troubles), None)
