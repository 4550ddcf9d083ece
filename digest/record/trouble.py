"""What may befall the database in mid-send: which trouble is waited for, and what is said about the rest."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from digest.database import Database
from digest.errors import DatabaseError

Result = TypeVar("Result")

_PATIENCE_SECONDS = 30.0
"""PostgreSQL restarts within seconds. It is less than a lease lasts, so nobody takes over meanwhile."""
_PAUSE_SECONDS = 0.2

_PASSING = ("57P", "08", "40")
"""SQLSTATE classes of what passes by itself: shutdown and start, connection lost, a deadlock."""
_DISK_FULL = "53100"


def patiently(work: Callable[[], Result]) -> Result:
    """Do `work`, again while the database server is away, for half a minute; any other trouble is raised at once."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return work()
        except Exception as error:
            if not is_passing(error) or time.monotonic() > give_up_at:
                raise
        time.sleep(_PAUSE_SECONDS)


def is_passing(error: Exception) -> bool:
    """Whether the database server went away and may come back, or asks for another try. Never so for SQLite."""
    cause = getattr(error, "orig", error)
    if not hasattr(cause, "sqlstate") or "OperationalError" not in {kind.__name__ for kind in type(cause).__mro__}:
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(_PASSING)


@contextmanager
def told_plainly(database: Database) -> Iterator[None]:
    """Raise what the database refuses as a DatabaseError whose sentence says what to do."""
    driver = database.engine.dialect.dbapi
    assert driver is not None
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        raise DatabaseError(in_words(error)) from error


def in_words(error: Exception) -> str:
    """What is amiss with the database, and the remedy. `error` is SQLAlchemy's or the driver's own."""
    cause = getattr(error, "orig", error)
    words = str(cause).strip().partition("\n")[0]
    if "database is locked" in words:
        return "another program keeps the database locked; end it, then `digest send` goes on"
    if "disk is full" in words or getattr(cause, "sqlstate", None) == _DISK_FULL:
        return "the disk that holds the database is full; make room, then `digest send` goes on"
    if is_passing(error):
        return f"the database cannot be reached: {words}; start it, then `digest send` goes on"
    return f"the database refused: {words}; mend that, then `digest send` goes on"
