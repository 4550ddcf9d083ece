"""One worker: one connection at a time, one letter after the other.

The commit that writes the outcome of a letter also moves the next one to `sending`, and only then may that one leave
(law 1). An outcome never waits for the network: where the next step is a connection, it is written first.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.deliver.lanes import LaneWatch
from digest.deliver.letters import LetterError, Letters
from digest.deliver.relay import RelayRest
from digest.deliver.retry import Decision, Lane, Uncertain, decide, is_policy
from digest.deliver.window import Window
from digest.types import Claimed, Clock, Connection, Finished, Ledger, Outgoing, Reply, Sender, Stage, State

_MESSAGES_PER_CONNECTION = 500
"""Large receivers close after some hundreds; to leave first costs one handshake in 500 letters."""
_LANE_PAUSE = timedelta(minutes=5)
_POLICY_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workers of one send have in common."""

    ledger: Ledger
    sender: Sender
    clock: Clock
    give_up_after: timedelta
    uncertain: Uncertain
    stop: asyncio.Event
    report: Callable[[Finished], None]
    relay: RelayRest
    window: Window
    letters: Letters
    watch: LaneWatch


class Worker:
    """Sends until nothing is due, the relay is given up, or `stop` is set."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._connection: Connection | None = None
        self._carried = 0
        self._finished: list[Finished] = []

    async def run(self) -> None:
        """Work to the end. Raises OwnershipLostError where another sender has taken over."""
        try:
            while not self._shared.stop.is_set() and await self._ready():
                await self._send_next()
            self._turn()
        finally:
            await self._disconnect()

    async def _ready(self) -> bool:
        """Whether there is a delivery at hand and a connection for it."""
        if self._connection and self._connection.usable and self._carried < _MESSAGES_PER_CONNECTION:
            return self._shared.window.fill()
        self._turn()
        await self._disconnect()
        return await self._connect()

    async def _connect(self) -> bool:
        shared = self._shared
        while not shared.stop.is_set() and shared.window.fill():
            if shared.relay.given_up:
                return False
            if shared.relay.seconds_left > 0:
                await self._rest()
                continue
            answer = await shared.sender.connect()
            if not isinstance(answer, Reply):
                self._connection, self._carried = answer, 0
                return True
            shared.relay.note_trouble(answer)
        return False

    async def _rest(self) -> None:
        """Let the relay rest, holding nothing meanwhile that another sender could send."""
        self._shared.window.release()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._shared.stop.wait(), self._shared.relay.seconds_left)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            await connection.close()

    def _turn(self, *begin: int) -> bool:
        """Write what is finished and begin the next, in one commit; whether the next may leave."""
        finished, self._finished = self._finished, []
        if not finished and not begin:
            return False
        begun = self._shared.ledger.turn(finished, begin)
        for one in finished:
            self._shared.report(one)
        return bool(begun)

    async def _send_next(self) -> None:
        claimed = self._shared.window.take()
        if claimed is None or not self._turn(claimed.delivery_id):
            await asyncio.sleep(0)  # Nothing was awaited: a stop must be heard.
            return
        started_at = self._shared.clock()
        try:
            mail = self._shared.letters.make(claimed)
        except LetterError as error:
            decision = Decision(State.FAILED, Lane.ROW, reason=str(error))
            self._finish(claimed, Reply(Stage.MAIL, None, "nothing was sent"), decision, started_at)
            await asyncio.sleep(0)
            return
        reply = await self._offer(mail, started_at)
        decision = self._decide(claimed, reply)
        self._finish(claimed, reply, decision, started_at)
        self._heed(claimed, reply, decision)
        if decision.lane is Lane.RELAY:
            await self._leave_relay()

    async def _offer(self, mail: Outgoing, started_at: datetime) -> Reply:
        assert self._connection is not None
        self._carried += 1
        try:
            return await self._connection.send(mail)
        except asyncio.CancelledError:
            reply = Reply(Stage.BODY, None, "the sender stopped before the server answered")
            in_doubt = Decision(State.SENDING, Lane.RELAY, reason="it may have arrived")
            self._shared.report(self._outcome(mail.delivery_id, reply, in_doubt, started_at))
            raise

    def _decide(self, claimed: Claimed, reply: Reply) -> Decision:
        return decide(
            reply,
            tries=claimed.tries,
            first_tried_at=claimed.first_tried_at,
            now=self._shared.clock(),
            give_up_after=self._shared.give_up_after,
            uncertain=self._shared.uncertain,
            jitter=random.random(),  # noqa: S311 - spreads retries, hides nothing
        )

    def _finish(self, claimed: Claimed, reply: Reply, decision: Decision, started_at: datetime) -> None:
        self._finished.append(self._outcome(claimed.delivery_id, reply, decision, started_at))

    def _outcome(self, delivery_id: int, reply: Reply, decision: Decision, started_at: datetime) -> Finished:
        return Finished(
            delivery_id=delivery_id,
            state=decision.state,
            relay=self._shared.sender.name,
            reply=reply,
            started_at=started_at,
            finished_at=self._shared.clock(),
            next_try_at=decision.next_try_at,
            reason=decision.reason,
            counts=decision.counts,
        )

    def _heed(self, claimed: Claimed, reply: Reply, decision: Decision) -> None:
        """Let the relay or the receiving domain rest, where the reply spoke of it."""
        if decision.lane is Lane.RELAY:
            self._shared.relay.note_trouble(reply)
            return
        self._shared.relay.note_success()
        now = self._shared.clock()
        if self._shared.watch.note(claimed.domain, policy=is_policy(reply), now=now):
            self._rest_domain(claimed.domain, now + _POLICY_PAUSE, "policy")
        elif decision.lane is Lane.DOMAIN:
            # Only the codes: the server's words may hold her address.
            reason = f"{reply.code} {reply.enhanced}".strip()
            self._rest_domain(claimed.domain, decision.next_try_at or now + _LANE_PAUSE, reason)

    def _rest_domain(self, domain: str, until: datetime, reason: str) -> None:
        self._shared.ledger.rest(f"domain:{domain}", until, reason)
        self._shared.window.release(domain)

    async def _leave_relay(self) -> None:
        """A relay in trouble is given a fresh connection after its rest."""
        self._turn()
        await self._disconnect()
