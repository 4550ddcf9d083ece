"""The deliveries as the delivery engine sees them: claim, begin, finish. Law 1 lives in `turn`.

A delivery is moved to `sending` in the same commit that writes the outcome of the one before it, and only then may it
leave. So after a kill the uncertain ones are exactly the rows in `sending`: at most one per connection.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from digest.database import Database
from digest.errors import OwnershipLostError
from digest.models import BlueprintRow, DeliveryRow
from digest.record import admission, claims, lanes, leases
from digest.record.barrier import Barrier
from digest.record.pace import NO_LIMITS, Rates
from digest.record.trouble import in_words, patiently
from digest.types import Claimed, Clock, Finished, State

_RENEW_SECONDS = 15.0

log = logging.getLogger(__name__)

OnRest = Callable[[Session, str, datetime, str], None]
"""Hears, in the same transaction, which lane rests until when and why."""


class SqlLedger:
    """A ledger in the database, for one sender process. Use as a context manager: it holds the sender's lease."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        resend_uncertain: bool,
        editions: Sequence[int] | None = None,
        rates: Rates = NO_LIMITS,
        on_rest: OnRest = lambda *_: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._resend_uncertain = resend_uncertain
        self._editions = editions
        self._rates = rates
        self._on_rest = on_rest
        self._sender_id = 0
        self._stopped = threading.Event()
        self._heartbeat = threading.Thread(target=self._keep_lease, name="lease", daemon=True)

    @property
    def inline(self) -> bool:
        """Whether a call may be made in the event loop: SQLite takes 50 µs, PostgreSQL a journey over a socket."""
        return self._database.engine.dialect.name == "sqlite"

    def __enter__(self) -> Self:
        with self._database.write() as session:
            leases.take_over_dead(session, self._clock())
            lanes.forget_old_paces(session)
            self._sender_id = leases.register(session)
        self._barrier = Barrier(self._database, self._sender_id)
        self._heartbeat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._heartbeat.join()
        self._barrier.close()
        patiently(self._retire)

    def _retire(self) -> None:
        with self._database.write() as session:
            leases.retire(session, self._sender_id, self._clock())

    def _keep_lease(self) -> None:
        while not self._stopped.wait(_RENEW_SECONDS):
            try:
                with self._database.write() as session:
                    leases.renew(session, self._sender_id)
                    leases.take_over_dead(session, self._clock())
            except DBAPIError as error:
                log.warning("the sender's lease could not be renewed: %s", in_words(error))

    def claim(self, limit: int) -> Sequence[Claimed]:
        """Hold up to `limit` due deliveries. Whoever has left since the freeze is left out here.

        What goes to a domain that rests, or is beyond its rate, is put off, so that nothing stands in the way twice.
        """
        while True:
            found, held = patiently(lambda: self._claim_some(limit))
            if held or not found:
                return held

    def _claim_some(self, limit: int) -> tuple[int, list[Claimed]]:
        """One window: how many deliveries were looked at, and those that are held now."""
        now = self._clock()
        with self._database.write() as session:
            if not leases.renew(session, self._sender_id):
                raise OwnershipLostError("another sender has taken over; this one stops")
            found = claims.due(session, now, limit, editions=self._editions, resend_uncertain=self._resend_uncertain)
            if not found:
                return self._claim_next_paced(session, now)
            gone = {row.id: reason for row in found if (reason := claims.reason_gone(row, now))}
            claims.leave_out(session, gone, now)
            wanted = [_claimed(row) for row in found if row.id not in gone]
            held = admission.admit(session, wanted, self._rates, now)
            uncertain = {row.id for row in found if row.state == State.UNCERTAIN}
            claims.hold(session, self._sender_id, [one.delivery_id for one in held], uncertain, now)
            return len(found), held

    def _claim_next_paced(self, session: Session, now: datetime) -> tuple[int, list[Claimed]]:
        """The one that waits for its domain's rate and comes first, so that a slow rate is no end of the work."""
        found = claims.next_paced(session, now, editions=self._editions)
        held = [admission.admit_next(session, _claimed(row), self._rates) for row in found]
        claims.hold(session, self._sender_id, [one.delivery_id for one in held], (), now)
        return len(held), held

    def turn(self, finished: Sequence[Finished], begin: Sequence[int]) -> frozenset[int]:
        """Write outcomes and move `begin` to sending, in one commit. What may not go out any more is given back."""
        return self._barrier.turn(finished, begin, self._clock())

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed and not begun."""
        patiently(lambda: self._release(delivery_ids))

    def _release(self, delivery_ids: Sequence[int]) -> None:
        with self._database.write() as session:
            mine = DeliveryRow.state == State.CLAIMED, DeliveryRow.sender_id == self._sender_id
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id.in_(delivery_ids), *mine)
                .values(state=State.QUEUED, sender_id=None, changed_at=self._clock())
            )

    def blueprint(self, blueprint_id: int) -> bytes:
        """The stored form of a blueprint."""
        return patiently(lambda: self._blueprint(blueprint_id))

    def _blueprint(self, blueprint_id: int) -> bytes:
        with self._database.read() as session:
            return session.scalars(select(BlueprintRow.body).where(BlueprintRow.id == blueprint_id)).one()

    def rest(self, lane: str, until: datetime, reason: str) -> None:
        """Send nothing to this lane before `until`."""
        patiently(lambda: self._rest(lane, until, reason))

    def _rest(self, lane: str, until: datetime, reason: str) -> None:
        with self._database.write() as session:
            lanes.rest(session, lane, until, reason)
            self._on_rest(session, lane, until, reason)

    def reserve(self, lane: str, per_second: float, count: int) -> float:
        """Plan `count` letters in a row on a lane; how many seconds the first one must wait."""
        return patiently(lambda: self._reserve(lane, per_second, count))

    def _reserve(self, lane: str, per_second: float, count: int) -> float:
        with self._database.write() as session:
            return lanes.reserve(session, lane, per_second, count)


def _claimed(row: claims.DueRow) -> Claimed:
    slots = {"to": row.address, **(row.slots or {})}
    return Claimed(row.id, row.blueprint_id, row.address, slots, row.tries, row.first_tried_at)
