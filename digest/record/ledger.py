"""The deliveries as the delivery engine sees them: claim, begin, finish. Law 1 lives in `turn`.

A delivery is moved to `sending` in the same commit that writes the outcome of the one before it, and only then may it
leave. So after a kill the uncertain ones are exactly the rows in `sending`: at most one per connection.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digest.database import Database
from digest.models import BlueprintRow, DeliveryRow, LaneRow
from digest.record import claims, leases
from digest.record.barrier import Barrier
from digest.record.upsert import dialect_insert
from digest.types import Claimed, Clock, Finished, State

_RENEW_SECONDS = 15.0


class SqlLedger:
    """A ledger in the database, for one sender process. Use as a context manager: it holds the sender's lease."""

    def __init__(
        self, database: Database, clock: Clock, *, resend_uncertain: bool, editions: Sequence[int] | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._resend_uncertain = resend_uncertain
        self._editions = editions
        self._sender_id = 0
        self._stopped = threading.Event()
        self._heartbeat = threading.Thread(target=self._keep_lease, name="lease", daemon=True)

    def __enter__(self) -> Self:
        with self._database.write() as session:
            leases.take_over_dead(session, self._clock())
            self._sender_id = leases.register(session)
        self._barrier = Barrier(self._database, self._sender_id)
        self._heartbeat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._heartbeat.join()
        self._barrier.close()
        with self._database.write() as session:
            leases.retire(session, self._sender_id, self._clock())

    def _keep_lease(self) -> None:
        while not self._stopped.wait(_RENEW_SECONDS):
            with self._database.write() as session:
                leases.renew(session, self._sender_id)
                leases.take_over_dead(session, self._clock())

    def claim(self, limit: int) -> Sequence[Claimed]:
        """Hold up to `limit` due deliveries. Whoever has left since the freeze is left out here."""
        now = self._clock()
        with self._database.write() as session:
            while found := claims.due(
                session, now, limit, editions=self._editions, resend_uncertain=self._resend_uncertain
            ):
                gone = {row.id: reason for row in found if (reason := claims.reason_gone(row, now))}
                _leave_out(session, gone, now)
                held = [row for row in found if row.id not in gone]
                if held:
                    self._hold(session, held, now)
                    return [_claimed(row) for row in held]
        return []

    def _hold(self, session: Session, rows: Sequence[claims.DueRow], now: datetime) -> None:
        values = {"state": State.CLAIMED, "sender_id": self._sender_id, "changed_at": now}
        again = [row.id for row in rows if row.state == State.UNCERTAIN]
        first = [row.id for row in rows if row.state != State.UNCERTAIN]
        session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(first)).values(values))
        if again:
            session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(again)).values(values | {"resent": True}))

    def turn(self, finished: Sequence[Finished], begin: Sequence[int]) -> frozenset[int]:
        """Write outcomes and move `begin` to sending, in one commit. What may not go out any more is given back."""
        return self._barrier.turn(finished, begin, self._clock())

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed and not begun."""
        with self._database.write() as session:
            mine = DeliveryRow.state == State.CLAIMED, DeliveryRow.sender_id == self._sender_id
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id.in_(delivery_ids), *mine)
                .values(state=State.QUEUED, sender_id=None, changed_at=self._clock())
            )

    def blueprint(self, blueprint_id: int) -> bytes:
        """The stored form of a blueprint."""
        with self._database.read() as session:
            return session.scalars(select(BlueprintRow.body).where(BlueprintRow.id == blueprint_id)).one()

    def rest(self, lane: str, until: datetime, reason: str) -> None:
        """Send nothing to this lane before `until`."""
        rest = {"resting_until": until, "reason": reason}
        with self._database.write() as session:
            statement = dialect_insert(session, LaneRow).values(name=lane, **rest)
            session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=rest))


def _claimed(row: claims.DueRow) -> Claimed:
    slots = {"to": row.address, **(row.slots or {})}
    return Claimed(row.id, row.blueprint_id, row.address, slots, row.tries, row.first_tried_at)


def _leave_out(session: Session, gone: dict[int, str], now: datetime) -> None:
    for delivery_id, reason in gone.items():
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery_id)
            .values(state=State.LEFT_OUT, reason=reason, changed_at=now)
        )
