"""Runs the workers of one send, and ends them: when nothing is due, when told to stop, or when the relay is down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from digest.deliver.lanes import LaneWatch
from digest.deliver.letters import Letters
from digest.deliver.relay import RelayRest
from digest.deliver.retry import Uncertain
from digest.deliver.window import Window
from digest.deliver.worker import Shared, Worker
from digest.errors import OwnershipLostError
from digest.types import Clock, Finished, Ledger, Reply, Sender

_GRACE_SECONDS = 7.5
"""How long a message in hand may take after a stop. With 2 s for QUIT the whole ends within 10 s."""
_TROUBLES_BEFORE_GIVING_UP = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and how boldly to try."""

    give_up_after: timedelta = timedelta(days=4)
    """Since a delivery's first try (RFC 5321, section 4.5.4.1: four to five days)."""
    uncertain: Uncertain = "resend"
    relay_pause: timedelta = timedelta(seconds=5)
    """After the relay's first trouble; it doubles up to 5 minutes."""


async def deliver(
    ledger: Ledger,
    sender: Sender,
    *,
    return_path: Callable[[int], str],
    clock: Clock,
    policy: Policy,
    stop: asyncio.Event,
    report: Callable[[Finished], None],
    patient: bool,
) -> Reply | None:
    """Send all that is due; return when nothing is claimable any more, or soon after `stop` is set.

    `report` hears each outcome after it is written; one that is still `sending` was cut off by the stop and stays in
    doubt. Not `patient`: after the third trouble with the relay in a row, give up and return its last reply.
    Raises OwnershipLostError where another sender has taken over; nothing more is sent then.
    """
    relay = RelayRest(policy.relay_pause, None if patient else _TROUBLES_BEFORE_GIVING_UP)
    shared = Shared(
        ledger=ledger,
        sender=sender,
        clock=clock,
        give_up_after=policy.give_up_after,
        uncertain=policy.uncertain,
        stop=stop,
        report=report,
        relay=relay,
        window=Window(ledger),
        letters=Letters(ledger, return_path),
        watch=LaneWatch(),
    )
    await _run([asyncio.create_task(Worker(shared).run()) for _ in range(sender.connections)], stop)
    shared.window.release()
    return relay.refusal if relay.given_up else None


async def _run(workers: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    watcher = asyncio.create_task(_cut_off(workers, stop))
    try:
        await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in (watcher, *workers):
            task.cancel()
        results = await asyncio.gather(watcher, *workers, return_exceptions=True)
    errors = [result for result in results if isinstance(result, Exception)]
    # Several may fail at once; that another sender has taken over explains the rest.
    for error in sorted(errors, key=lambda error: not isinstance(error, OwnershipLostError)):
        raise error


async def _cut_off(workers: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    await stop.wait()
    await asyncio.sleep(_GRACE_SECONDS)
    for worker in workers:
        worker.cancel()
