"""Rates, as pure arithmetic: letters to a lane go out one by one at even distances, never in bursts.

This is the generic cell rate algorithm (ITU-T I.371, annex A) without a tolerance: all it remembers of a lane is when
its next letter may begin, so it is right across restarts and several senders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

HORIZON_SECONDS = 5.0
"""A letter is claimed only so long before its time: at a pause or a stop, no more than this is given back."""

_SHORTEST_PUT_OFF_SECONDS = 0.1
_LONGEST_PUT_OFF_SECONDS = 900.0
"""What is put off is looked at again after so long: the letters planned before it may have been cancelled."""

_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How a new relay makes itself known: so many letters on the first day, `growth` times as many each day after."""

    first_day: int
    growth: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits in letters a second. `relay` is for each relay; the domain `*` stands for each one without its own."""

    relay: float | None = None
    domains: Mapping[str, float] = field(default_factory=dict)
    warm_up: WarmUp | None = None

    def of_domain(self, domain: str) -> float | None:
        """How many letters a second one receiving domain may get; None: as many as there are."""
        return self.domains.get(domain, self.domains.get("*"))

    def of_relay(self, day: int) -> float | None:
        """How many letters a second one relay may get on a day of its warm-up, counted from 0."""
        if self.warm_up is None:
            return self.relay
        # A million days of growth overflow a float; long before, the allowance says nothing any more.
        allowance = self.warm_up.first_day * self.warm_up.growth ** min(day, 60) / _SECONDS_A_DAY
        return allowance if self.relay is None else min(self.relay, allowance)


NO_LIMITS = Rates()


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a lane is planned, in seconds on one clock."""

    next_at: float
    """When the next letter may begin."""
    later_at: float
    """Up to when letters beyond the horizon have been put off."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """What some letters to one lane get, in their order, in seconds from now."""

    pace: Pace
    waits: list[float]
    """How long each of the first ones waits before it begins."""
    put_off: list[float]
    """When to look again at each of the others."""


def reserve(pace: Pace, count: int, per_second: float, now: float) -> tuple[Pace, float]:
    """Plan `count` letters in a row; the pace after them, and how many seconds the first one waits."""
    start = max(pace.next_at, now)
    return replace(pace, next_at=start + count / per_second), start - now


def allot(pace: Pace, count: int, per_second: float, now: float) -> Allotment:
    """Plan those of `count` letters that may begin within the horizon, and spread the others over the time after."""
    start = max(pace.next_at, now)
    room = int(max(0.0, now + HORIZON_SECONDS - start) * per_second) + 1 if start <= now + HORIZON_SECONDS else 0
    taken = min(count, room)
    pace, first = reserve(pace, taken, per_second, now)
    waits = [first + number / per_second for number in range(taken)]
    later = max(pace.later_at, pace.next_at)
    until = now + HORIZON_SECONDS + _LONGEST_PUT_OFF_SECONDS
    times = [min(later + number / per_second, until) for number in range(count - taken)]
    put_off = [max(_SHORTEST_PUT_OFF_SECONDS, at - now - HORIZON_SECONDS) for at in times]
    later_at = min(later + len(times) / per_second, until) if times else pace.later_at
    return Allotment(Pace(pace.next_at, later_at), waits, put_off)
