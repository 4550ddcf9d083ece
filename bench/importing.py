"""Importing a list of 100,000 subscribers into SQLite, with every check on."""

import io
import tempfile
import time
from datetime import UTC, datetime

import digest.models
import subscribers
from bench.figure import Figure
from digest.database import open_database
from subscribers.base import Base

assert digest.models

_ROWS = 100_000
_SECRET = b"k" * 32


def measure() -> list[Figure]:
    """Rows a second, of one run: it is long enough."""
    lines = ["email,name,topics", *(f"reader{n}@example{n % 50}.org,Reader {n},asia;nato" for n in range(_ROWS))]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        Base.metadata.create_all(database.engine)
        start = time.perf_counter()
        with database.write() as session:
            subscribers.import_csv(
                session,
                _SECRET,
                io.BytesIO("\n".join(lines).encode()),
                newsletter="weekly",
                known_topics={"asia": "asia", "nato": "nato"},
                confirmed=True,
                via="bench",
                now=datetime.now(UTC),
            )
        rate = _ROWS / (time.perf_counter() - start)
        database.close()
    return [Figure("import subscribers into SQLite", rate, "rows/s", at_least=15_000)]
