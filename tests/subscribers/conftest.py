"""A transaction for the verbs, and a reader."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from digest.database import Database
from subscribers import parse_address, subscribe

SECRET = b"k" * 32
NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        yield session


@pytest.fixture
def jane(session: Session) -> int:
    """An active reader of the weekly who follows Asia and NATO."""
    return subscribe(
        session,
        SECRET,
        address=parse_address("jane@example.org"),
        newsletter="weekly",
        topics=["asia", "nato"],
        via="command line",
        confirmed=True,
        now=NOW,
    )
