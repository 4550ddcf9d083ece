"""Adds up a drill: who got how many copies, and whether each double is accounted for. Pure values in, values out."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from digest.drill.arrivals import Arrival
from digest.drill.plan import How

_COPIES_ALLOWED = 2
"""An uncertain delivery is sent again once, then held."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A delivery that must arrive."""

    delivery: int
    message_id: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A run of senders that was stopped. `began` is on the monotonic clock, as arrivals are."""

    how: How
    began: float
    in_doubt: frozenset[int] = frozenset()
    """The deliveries that this stop left in `sending`."""
    connections: int = 0
    """How many were open at most; so many may be in doubt."""
    woken: bool = False
    """It is the frozen one, woken after it was taken over: only what was in doubt then may still arrive."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The drill's result. `faults` are sentences; without one, the promise was kept."""

    recipients: int
    lost: int
    doubled: int
    uncertain: int
    kills: int
    broken: int
    seconds: float
    faults: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def add_up(expected: Sequence[Expected], arrivals: Sequence[Arrival], runs: Sequence[Ended], seconds: float) -> Sums:
    """Hold what the sink wrote down against the deliveries and against what each stop left in doubt."""
    known = {(one.message_id, one.recipient): one.delivery for one in expected}
    ours = [(known[key], one) for one in arrivals if (key := (one.message_id, one.recipient)) in known and one.whole]
    copies = Counter(delivery for delivery, _ in ours)
    uncertain = frozenset[int]().union(*(run.in_doubt for run in runs))
    lost = len(expected) - len(copies)
    broken = len(arrivals) - len(ours)
    faults = [
        *_sentences(lost, broken, copies, uncertain),
        *(fault for run, mine in _by_run(ours, runs) for fault in _run_faults(run, mine)),
    ]
    return Sums(
        recipients=len(expected),
        lost=lost,
        doubled=sum(count > 1 for count in copies.values()),
        uncertain=len(uncertain),
        kills=sum(run.how is How.KILL for run in runs),
        broken=broken,
        seconds=round(seconds, 1),
        faults=tuple(faults),
    )


def _sentences(lost: int, broken: int, copies: Mapping[int, int], uncertain: frozenset[int]) -> Iterable[str]:
    if lost:
        yield f"{lost} recipients got no letter"
    if broken:
        yield f"{broken} letters arrived that were cut off, empty, or meant for nobody"
    if unaccounted := sum(count > 1 and delivery not in uncertain for delivery, count in copies.items()):
        yield f"{unaccounted} deliveries arrived twice although no stop had left them in doubt"
    if often := sum(count > _COPIES_ALLOWED for count in copies.values()):
        yield f"{often} deliveries arrived more than twice"


Mine = list[tuple[int, Arrival]]


def _by_run(ours: Mine, runs: Sequence[Ended]) -> Iterable[tuple[Ended, Mine]]:
    """Each run with what arrived from its beginning to the next one's."""
    for run, until in zip(runs, [*(run.began for run in runs[1:]), math.inf], strict=True):
        yield run, [(delivery, one) for delivery, one in ours if run.began <= one.at < until]


def _run_faults(run: Ended, mine: Mine) -> Iterable[str]:
    if len(run.in_doubt) > run.connections:
        yield f"a {run.how} left {len(run.in_doubt)} deliveries in doubt on {run.connections} connections"
    doubtful = Counter(one.connection for delivery, one in mine if delivery in run.in_doubt)
    if shared := sum(count > 1 for count in doubtful.values()):
        yield f"a {run.how} left {shared} connections with more than one delivery in doubt"
    if run.how in (How.TERM, How.PAIR) and run.in_doubt:
        yield f"a SIGTERM left {len(run.in_doubt)} deliveries in doubt although the server answered at once"
    if run.woken and (late := sum(delivery not in run.in_doubt for delivery, _ in mine)):
        yield f"a sender that was frozen and taken over sent {late} more letters when it was woken"
