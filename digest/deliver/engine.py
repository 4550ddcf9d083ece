"""Runs the workers of one send, and ends them: when nothing is due, when told to stop, or when the relay is down."""

import asyncio
from collections.abc import Callable, Sequence

from digest.deliver.lanes import LaneWatch
from digest.deliver.letters import Letters
from digest.deliver.outcomes import Outcomes, Policy
from digest.deliver.paces import Pace
from digest.deliver.relays import Relays, Route
from digest.deliver.turns import Turns
from digest.deliver.window import Window
from digest.deliver.worker import Shared, Worker
from digest.dkim import Signer
from digest.errors import OwnershipLostError
from digest.types import Clock, Finished, Ledger, Reply, Sender

_GRACE_SECONDS = 7.5
"""How long a message in hand may take after a stop. With 2 s for QUIT the whole ends within 10 s."""
_TROUBLES_BEFORE_GIVING_UP = 3


async def deliver(
    ledger: Ledger,
    sender: Sender,
    *,
    token: Callable[[int], str],
    return_path: str,
    relay_rate: Callable[[str], float | None],
    clock: Clock,
    policy: Policy,
    stop: asyncio.Event,
    report: Callable[[Finished], None],
    patient: bool,
    signer: Signer | None = None,
) -> Reply | None:
    """Send all that is due; return when nothing is claimable any more, or soon after `stop` is set.

    `token` names a delivery for its ENVID, and for its envelope sender: `return_path` with `{token}` in it.
    `relay_rate`: how many letters a second a lane (`relay:host:port`) may get; None: as many as it takes. `report`
    hears each outcome after it is written. Not `patient`: after the third trouble in a row with every relay, give up
    and return the last reply. `signer` signs each letter as it leaves; None: nobody does. Raises OwnershipLostError
    where another sender has taken over; nothing more is sent then.
    """
    routes = [Route(one, Pace(ledger, one.name, relay_rate), policy.relay_pause) for one in sender.relays]
    shared = Shared(
        ledger=ledger,
        relays=Relays(routes, None if patient else _TROUBLES_BEFORE_GIVING_UP),
        window=Window(ledger),
        letters=Letters(ledger, token, return_path, signer, clock),
        turns=Turns(ledger, report),
        outcomes=Outcomes(policy, clock),
        watch=LaneWatch(),
        stop=stop,
    )
    await _run([Worker(shared) for _ in range(sender.connections)], stop)
    await shared.window.release()
    return shared.relays.refusal if shared.relays.given_up else None


async def _run(workers: Sequence[Worker], stop: asyncio.Event) -> None:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    watcher = asyncio.create_task(_cut_off(workers, stop))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        watcher.cancel()
        _cut(workers)
        results = await asyncio.gather(*tasks, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    # Several may fail at once; that another sender has taken over explains the rest.
    for error in sorted(errors, key=lambda error: not isinstance(error, OwnershipLostError)):
        raise error


async def _cut_off(workers: Sequence[Worker], stop: asyncio.Event) -> None:
    await stop.wait()
    await asyncio.sleep(_GRACE_SECONDS)
    _cut(workers)


def _cut(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.cut()
