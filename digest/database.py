"""Opens the database: SQLite with the settings it needs to serve several processes, or PostgreSQL.

Writers begin with BEGIN IMMEDIATE: after a plain BEGIN, SQLite lets two transactions read the same row and then loses
one of their updates (60 of 240 were left in a trial). Readers begin plainly: beside a running sender they wait 0.1 ms
instead of 104 ms (p95).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from digest.errors import DatabaseError, SecretsError
from digest.models import FactRow

SCHEMA = "0007"
"""The newest migration in digest/migrations; a test holds it against Alembic's own head."""

_LOCK_WAIT_SECONDS = 30
_QUIET = True
"""What a statement was given may be an address: it stands in no error, and so in no log."""


@dataclass(frozen=True, slots=True)
class Database:
    """Two doors to one database: `write()` for a transaction that may change it, `read()` for one that may not."""

    engine: Engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end and rolled back on any error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading only: it never waits for a writer, and nobody waits for it."""
        with Session(self.engine.execution_options(reading=True), expire_on_commit=False) as session:
            yield session

    @contextmanager
    def one_connection(self) -> Iterator["OneConnection"]:
        """One connection for several short transactions: a temporary table lasts from each to the next."""
        with self.engine.connect() as connection:
            yield OneConnection(connection)

    def empty_log(self) -> None:
        """Let SQLite write back its write-ahead log and cut it to nothing: what was deleted is then in no file.

        Raises DatabaseError where another process reads all the while.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise DatabaseError("the write-ahead log could not be emptied, for another process reads; try again")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class OneConnection:
    """The two doors of a database, both on one connection; use one at a time. Each ends with a commit."""

    connection: Connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that holds SQLite's write lock: keep it short."""
        with self._session(reading=False) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that may write temporary tables only: no other process waits for it."""
        with self._session(reading=True) as session:
            yield session

    @contextmanager
    def _session(self, *, reading: bool) -> Iterator[Session]:
        self.connection.execution_options(reading=reading)
        with Session(self.connection, expire_on_commit=False) as session, session.begin():
            yield session


def open_database(url: str, *, synchronous: str = "normal") -> Database:
    """Open the database at an SQLAlchemy URL. `synchronous` full survives a power cut, for an fsync at every commit."""
    if not url.startswith("sqlite"):
        return Database(_open_postgresql(url))
    connect = {"timeout": _LOCK_WAIT_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect, hide_parameters=_QUIET)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver would begin by itself, plainly and too late
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return Database(engine)


def _open_postgresql(url: str) -> Engine:
    try:
        driver = url.replace("postgresql://", "postgresql+psycopg://")
        return create_engine(driver, pool_pre_ping=True, hide_parameters=_QUIET)
    except ModuleNotFoundError as error:
        raise DatabaseError("PostgreSQL needs its driver: pip install 'expert-digest[postgresql]'") from error
    except SQLAlchemyError as error:
        raise DatabaseError(
            "database.url cannot be read; write sqlite:///FILE or postgresql://user@host/name"
        ) from error


def schema_version(database: Database) -> str | None:
    """The migration the database stands at; None for an empty one. Raises DatabaseError where it cannot be reached."""
    try:
        with database.read() as session:
            if not database.engine.dialect.has_table(session.connection(), "alembic_version"):
                return None
            return session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except OperationalError as error:
        raise DatabaseError(f"the database cannot be reached: {str(error.orig).strip()}") from error
    except SQLAlchemyError as error:
        raise DatabaseError(f"this is not a database of ours: {str(error).splitlines()[0]}") from error


def require_schema(database: Database) -> None:
    """Refuse a database whose schema this program does not know, and name the command that mends it."""
    version = schema_version(database)
    if version is None:
        raise DatabaseError("there is no database yet; `digest init` makes one")
    if version > SCHEMA:
        raise DatabaseError(f"the database was made by a newer version (schema {version}); upgrade this program")
    if version < SCHEMA:
        raise DatabaseError(f"the database is of an older version (schema {version}); run `digest database upgrade`")


def require_keys(database: Database, check_value: str) -> None:
    """Refuse secrets that are not those the database was made with. The first ones it sees are remembered."""
    known = known_key_check(database)
    if known is None:
        with database.write() as session:
            session.add(FactRow(name="address_key_check", value=check_value))
    elif known != check_value:
        raise SecretsError(
            "the secrets file does not belong to this database: whoever left would be written to again; "
            "put back the file the database was made with"
        )


def known_key_check(database: Database) -> str | None:
    """The check value of the secrets this database was made with; None where it has seen none yet."""
    with database.read() as session:
        return session.scalar(select(FactRow.value).where(FactRow.name == "address_key_check"))


def database_seconds(session: Session) -> float:
    """The database's own clock, in seconds since 1970: the one clock that all senders share."""
    if session.get_bind().dialect.name == "sqlite":
        return float(session.scalar(text("SELECT (julianday('now') - 2440587.5) * 86400.0")) or 0)
    return float(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
