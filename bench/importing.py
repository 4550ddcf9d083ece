"""Importing a list of 100,000 subscribers into SQLite, with every check on, and how long others wait to write."""

import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.orm import Session

import digest.models
import subscribers
from bench.figure import Figure
from digest.database import OneConnection, open_database
from subscribers.base import Base

assert digest.models

_ROWS = 100_000
_SECRET = b"k" * 32


class _Timed:
    """One connection, and the longest that a transaction of it held the write lock, in seconds."""

    def __init__(self, connection: OneConnection) -> None:
        self._connection = connection
        self.read = connection.read
        self.longest = 0.0

    @contextmanager
    def write(self) -> Iterator[Session]:
        start = time.perf_counter()
        with self._connection.write() as session:
            yield session
        self.longest = max(self.longest, time.perf_counter() - start)


def measure() -> list[Figure]:
    """Of one run: it is long enough."""
    lines = ["email,name,topics", *(f"reader{n}@example{n % 50}.org,Reader {n},asia;nato" for n in range(_ROWS))]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        Base.metadata.create_all(database.engine)
        start = time.perf_counter()
        with database.one_connection() as connection:
            timed = _Timed(connection)
            subscribers.import_list(
                timed,
                _SECRET,
                io.BytesIO("\n".join(lines).encode()),
                offer=subscribers.Offer({"weekly": {"asia": "asia", "nato": "nato"}}, "weekly"),
                confirmed=True,
                via="bench",
                now=datetime.now(UTC),
            )
        rate = _ROWS / (time.perf_counter() - start)
        database.close()
    return [
        Figure("import subscribers into SQLite", rate, "rows/s", at_least=15_000),
        Figure("import subscribers: longest write lock", timed.longest, "s", at_most=2),
    ]
