"""The database in trouble in mid-send: locked, full, restarted. Nothing is half-written, and the send goes on after."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

import digest.database
from digest.database import Database
from digest.errors import DatabaseError, OwnershipLostError
from digest.models import AttemptRow
from digest.record import leases
from digest.record.ledger import SqlLedger
from digest.record.trouble import told_plainly
from digest.types import Reply, Stage

from .conftest import NOW, add_delivery, add_edition
from .test_ledger import finished, states

NewLedger = Callable[..., SqlLedger]
WORDY = Reply(Stage.BODY, 250, "so many words that nine of them need another page of the file " * 15)

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a minute for a lock."""
    monkeypatch.setattr(digest.database, "_LOCK_WAIT_SECONDS", 0.05)


@only_sqlite
def test_a_locked_database_stops_the_send_with_a_clear_word_and_it_goes_on_after(
    impatient: None, database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    first, second, _ = on_its_way
    with new_ledger() as ledger:
        ledger.claim(3)
        ledger.turn([], [first])
        other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="keeps the database locked; end it"), told_plainly(database):
            ledger.turn([finished(first)], [second])
        other.close()
        assert ledger.turn([finished(first)], [second]) == {second}


@only_sqlite
def test_a_full_disk_stops_the_send_with_a_clear_word_and_nothing_half_written(
    database: Database, join: Callable[..., int], new_ledger: NewLedger
) -> None:
    readers = [join(f"reader{number}") for number in range(9)]
    with database.write() as session:
        edition = add_edition(session)
        numbers = [add_delivery(session, edition, reader).id for reader in readers]
    outcomes = [finished(number, reply=WORDY) for number in numbers]
    with new_ledger() as ledger:
        ledger.claim(10)
        ledger.turn([], numbers)
        limit_pages(ledger, 1)  # SQLite takes the pages there are instead
        with pytest.raises(DatabaseError, match="is full; make room"), told_plainly(database):
            ledger.turn(outcomes, [])
        assert set(states(database).values()) == {"sending"}
        limit_pages(ledger, 1_000_000)
        ledger.turn(outcomes, [])
    assert set(states(database).values()) == {"sent"}


def limit_pages(ledger: SqlLedger, pages: int) -> None:
    ledger._barrier._cursor.execute(f"PRAGMA max_page_count = {pages}")


def end_connections(database: Database) -> None:
    """What a restart of PostgreSQL does to everybody who is connected."""
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database()"
            )
        )


@only_postgresql
def test_the_send_goes_on_through_a_restart_of_postgresql(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    first, second, third = on_its_way
    with new_ledger() as ledger:
        ledger.claim(2)
        ledger.turn([], [first])
        end_connections(database)
        assert ledger.turn([finished(first)], [second]) == {second}
        end_connections(database)
        assert [one.delivery_id for one in ledger.claim(10)] == [third]
        end_connections(database)
    assert states(database) == {first: "sent", second: "uncertain", third: "queued"}


class AnswerLost:
    """A held connection whose next commit is done, but not answered."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._barrier = ledger._barrier
        self._held = ledger._barrier._held
        self._barrier._held = self  # type: ignore[assignment]

    def commit(self) -> None:
        import psycopg

        self._held.commit()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held, name)


@only_postgresql
def test_a_turn_whose_commit_was_not_answered_is_looked_up_and_not_repeated(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    first, second, third = on_its_way
    with new_ledger() as ledger:
        ledger.claim(3)
        ledger.turn([], [first])
        AnswerLost(ledger)
        assert ledger.turn([finished(first)], [second]) == {second}
        assert states(database) == {first: "sent", second: "sending", third: "claimed"}
        with database.read() as session:
            assert len(list(session.scalars(select(AttemptRow)))) == 1


@only_postgresql
def test_a_turn_that_was_not_answered_ends_the_sender_if_another_has_taken_over_since(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    ledger = new_ledger().__enter__()
    ledger.claim(3)
    ledger.turn([], on_its_way[:1])
    with database.write() as session:
        leases.retire(session, ledger._sender_id, NOW)
    end_connections(database)
    with pytest.raises(OwnershipLostError):
        ledger.turn([finished(on_its_way[0])], on_its_way[1:2])
    ledger.__exit__()
