"""Erases a person wherever this program keeps her: the tables, SQLite's files, the letters in folders of our own."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import subscribers
from digest.database import Database
from digest.files import remove_files_naming
from digest.record import erasure
from subscribers.models import Subscriber


def forget(database: Database, stores: Sequence[Path], subscriber_id: int, *, via: str, now: datetime) -> int:
    """Erase a subscriber; returns how many letters to her were removed from `stores`.

    Letters go first: killed in between, she is still known and can be erased again. Raises DatabaseError where another
    process keeps SQLite from emptying its write-ahead log.
    """
    with database.read() as session:
        person = session.get(Subscriber, subscriber_id)
        address = person.address if person else ""
    letters = sum(remove_files_naming(store, subscribers.mention_of(address)) for store in stores) if address else 0
    with database.write() as session:
        erasure.erase(session, subscriber_id, via=via, now=now)
    database.empty_log()
    return letters
