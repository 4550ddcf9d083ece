"""The barrier's three statements, spoken straight to the driver on one held connection.

They run once per letter. As ORM statements they cost 2.4 of a letter's 2.8 ms.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from digest.database import Database
from digest.errors import OwnershipLostError
from digest.types import Finished, State

_FINISH = """UPDATE deliveries SET state = ?, reason = ?, sender_id = NULL, next_try_at = ?, changed_at = ?,
    sent_at = ?, tries = tries + ? WHERE id = ? AND state = 'sending' AND sender_id = ?"""
_HOLD = "UPDATE deliveries SET next_try_at = NULL WHERE id = ? AND resent"
_ATTEMPT = """INSERT INTO attempts (delivery_id, relay, stage, code, enhanced, text, outcome, started_at, finished_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_BEGIN = """UPDATE deliveries SET state = 'sending', changed_at = ?, first_tried_at = COALESCE(first_tried_at, ?)
    WHERE id = ? AND state = 'claimed' AND sender_id = ? AND (edition_id IS NULL OR EXISTS
    (SELECT 1 FROM editions WHERE editions.id = deliveries.edition_id AND editions.state = 'sending'))"""
_GIVE_BACK = """UPDATE deliveries SET state = 'queued', sender_id = NULL, changed_at = ?
    WHERE id = ? AND state = 'claimed' AND sender_id = ?"""


class Barrier:
    """Writes outcomes and begins the next deliveries, in one commit. For one sender."""

    def __init__(self, database: Database, sender_id: int) -> None:
        self._connection = database.engine.connect()
        self._sender_id = sender_id
        self._sqlite = database.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def turn(self, finished: Sequence[Finished], begin: Sequence[int], now: datetime) -> frozenset[int]:
        """Write outcomes, move `begin` to sending, and give back what may not go out any more; return what may.

        Raises OwnershipLostError where another sender has taken over what was finished; nothing is written then.
        """
        with self._connection.begin():
            for one in finished:
                self._finish(one)
            begun = frozenset(number for number in begin if self._begin(number, now))
            for number in begin:
                if number not in begun:
                    self._run(_GIVE_BACK, now, number, self._sender_id)
        return begun

    def _finish(self, one: Finished) -> None:
        sent_at = one.finished_at if one.state == State.SENT else None
        changed = one.state.value, one.reason, one.next_try_at, one.finished_at, sent_at, int(one.counts)
        if self._run(_FINISH, *changed, one.delivery_id, self._sender_id) != 1:
            raise OwnershipLostError("another sender has taken over; this one stops")
        if one.state == State.UNCERTAIN:
            self._run(_HOLD, one.delivery_id)
        reply = one.reply
        words = reply.stage.value, reply.code, reply.enhanced, reply.text[:1000], one.state.value
        self._run(_ATTEMPT, one.delivery_id, one.relay, *words, one.started_at, one.finished_at)

    def _begin(self, delivery_id: int, now: datetime) -> bool:
        return self._run(_BEGIN, now, now, delivery_id, self._sender_id) == 1

    def _run(self, statement: str, *values: object) -> int:
        """Execute it and return how many rows it changed."""
        if self._sqlite:
            return self._connection.exec_driver_sql(statement, tuple(map(_for_sqlite, values))).rowcount
        return self._connection.exec_driver_sql(statement.replace("?", "%s"), values).rowcount


def _for_sqlite(value: object) -> Any:
    """A time as SQLAlchemy stores it in SQLite: UTC, without its zone."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value
