"""The barrier's few statements, spoken straight to the driver on one held connection.

They run for every letter, thousands of times a second: through the ORM they took 2.4 ms of a letter's 2.8 ms.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from digest.database import Database
from digest.errors import OwnershipLostError
from digest.record.trouble import is_passing, patiently
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
_SENDING = "SELECT 1 FROM deliveries WHERE id = ? AND state = 'sending' AND sender_id = ?"
_REGISTERED = "SELECT 1 FROM senders WHERE id = ?"

Row = tuple[object, ...]


class Barrier:
    """Writes outcomes and begins the next deliveries, in one commit. For one sender."""

    def __init__(self, database: Database, sender_id: int) -> None:
        self._engine = database.engine
        self._sender_id = sender_id
        self._sqlite = database.engine.dialect.name == "sqlite"
        self._connect()

    def _connect(self) -> None:
        self._held = self._engine.raw_connection()
        self._cursor = self._held.cursor()

    def close(self) -> None:
        """Give the connection back."""
        self._held.close()

    def turn(self, finished: Sequence[Finished], begin: Sequence[int], now: datetime) -> frozenset[int]:
        """Write outcomes, move `begin` to sending, and give back what may not go out any more; return what may.

        Waits for a PostgreSQL that restarts. Raises OwnershipLostError where another sender has taken over, and the
        driver's own error where the database is locked, full or gone; nothing is written then.
        """
        try:
            return self._turn(finished, begin, now)
        except Exception as error:
            if not is_passing(error):
                raise
        return patiently(lambda: self._turn_again(finished, begin, now))

    def _turn(self, finished: Sequence[Finished], begin: Sequence[int], now: datetime) -> frozenset[int]:
        try:
            if self._sqlite:
                self._cursor.execute("BEGIN IMMEDIATE")  # psycopg begins by itself
            self._finish(finished)
            begun = self._begin(begin, now)
            self._held.commit()
        except BaseException:
            self._held.rollback()
            raise
        return begun

    def _turn_again(self, finished: Sequence[Finished], begin: Sequence[int], now: datetime) -> frozenset[int]:
        """Repeat a turn whose commit was not answered: what it finished is no longer ours if it was done after all."""
        if self._held.is_valid:
            self._held.invalidate()
        self._connect()
        was_done = bool(finished) and not self._finds(_SENDING, finished[0].delivery_id, self._sender_id)
        # A sender that is struck off lost them to another one instead, and is to hear so.
        if was_done and self._finds(_REGISTERED, self._sender_id):
            finished = ()
        self._held.rollback()
        return self._turn(finished, begin, now)

    def _finish(self, finished: Sequence[Finished]) -> None:
        rows = [self._rows(one) for one in finished]
        if self._run(_FINISH, [outcome for outcome, _ in rows]) != len(finished):
            raise OwnershipLostError("another sender has taken over; this one stops")
        self._run(_HOLD, [(one.delivery_id,) for one in finished if one.state is State.UNCERTAIN])
        self._run(_ATTEMPT, [attempt for _, attempt in rows])

    def _rows(self, one: Finished) -> tuple[Row, Row]:
        """The values of its outcome and of its attempt."""
        started_at, finished_at, reply = self._time(one.started_at), self._time(one.finished_at), one.reply
        next_try_at = one.next_try_at and self._time(one.next_try_at)
        sent_at = finished_at if one.state is State.SENT else None
        changed = one.state.value, one.reason, next_try_at, finished_at, sent_at, int(one.counts)
        words = one.relay, reply.stage.value, reply.code, reply.enhanced, reply.text[:1000], one.state.value
        return (*changed, one.delivery_id, self._sender_id), (one.delivery_id, *words, started_at, finished_at)

    def _begin(self, begin: Sequence[int], now: datetime) -> frozenset[int]:
        at = self._time(now)
        if self._run(_BEGIN, [(at, at, number, self._sender_id) for number in begin]) == len(begin):
            return frozenset(begin)
        if not self._finds(_REGISTERED, self._sender_id):
            raise OwnershipLostError("another sender has taken over; this one stops")
        # Those that a repeated turn finds begun already are among them.
        begun = frozenset(number for number in begin if self._finds(_SENDING, number, self._sender_id))
        self._run(_GIVE_BACK, [(at, number, self._sender_id) for number in begin if number not in begun])
        return begun

    def _run(self, statement: str, rows: Sequence[Row]) -> int:
        """Execute it for each row of values; return how many rows of the table were changed."""
        if not rows:
            return 0
        self._cursor.executemany(self._spelt(statement), rows)
        return self._cursor.rowcount

    def _finds(self, statement: str, *values: object) -> bool:
        self._cursor.execute(self._spelt(statement), values)
        return self._cursor.fetchone() is not None

    def _spelt(self, statement: str) -> str:
        return statement if self._sqlite else statement.replace("?", "%s")

    def _time(self, moment: datetime) -> datetime | str:
        """As SQLAlchemy stores it, which in SQLite is UTC without its zone."""
        return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26] if self._sqlite else moment
