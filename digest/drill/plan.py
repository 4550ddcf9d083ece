"""When and how the senders are stopped: drawn from a seed, so that a drill can be repeated."""

import random
from dataclasses import dataclass
from enum import StrEnum

from digest.drill.sink import STEPS_PER_LETTER

_SHARE = 0.8
"""Every stop falls into this part of the sending, so that letters are left when the last one comes."""
_LETTERS_PER_STOP = 30
"""What two senders with ten connections each may have in hand when they are stopped, and some."""
_OTHER_STOPS = 4


class How(StrEnum):
    """How a sender is stopped."""

    KILL = "kill"
    TERM = "term"
    PAIR = "pair"
    """Two senders at once, both stopped by SIGTERM."""
    FREEZE = "freeze"
    """SIGSTOP past its lease; another takes over and is stopped by SIGTERM; then the frozen one is woken."""
    END = "end"
    """Not stopped: it ends when all is sent."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop. `at` counts the steps of letters the sink has seen; `then_at`: when who took over is stopped."""

    how: How
    at: int
    then_at: int = 0


def fewest_recipients(kills: int) -> int:
    """How many recipients so many kills want, if each is to fall into the sending."""
    return (kills + _OTHER_STOPS) * _LETTERS_PER_STOP


def draw(seed: int, recipients: int, kills: int) -> list[Stop]:
    """So many kills, one stop of each other kind, in a random order at random steps of the sending."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    steps = sorted(chance.sample(range(1, int(recipients * STEPS_PER_LETTER * _SHARE)), kills + _OTHER_STOPS))
    others = [How.KILL] * kills + [How.TERM, How.FREEZE]
    chance.shuffle(others)
    moments = iter(steps)
    # The two come first, while there is enough for both.
    return [Stop(how, next(moments), next(moments) if how is How.FREEZE else 0) for how in (How.PAIR, *others)]
