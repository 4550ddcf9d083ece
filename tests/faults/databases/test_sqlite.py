"""SQLite locked, full, and slow to commit, while letters are in hand."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Newsroom = Any  # tests/faults/conftest.py
Sink = Any

READERS = [f"reader{number}@example.com" for number in range(12)]
CONNECTIONS = 4
SLOW = ("-p", "-W", ".:1")
FULL_DISK = "4m"


@contextmanager
def locked(newsroom: Newsroom) -> Iterator[sqlite3.Connection]:
    """The write lock in other hands than the sender's."""
    connection = sqlite3.connect(newsroom.folder / "digest.db", isolation_level=None, timeout=30)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_locked_by_another_it_waits_and_goes_on(
    new_newsroom: Callable[..., Newsroom], sink: Callable[..., Sink]
) -> None:
    newsroom, slow = new_newsroom(readers=READERS), sink(*SLOW)
    newsroom.aim(slow.port, connections=CONNECTIONS)
    sender = newsroom.start()
    slow.await_copies(CONNECTIONS)
    with locked(newsroom) as other:
        begun = other.execute("SELECT count(*) FROM deliveries WHERE state IN ('sending', 'sent')").fetchone()[0]
        # When all that was begun has arrived, nothing goes on without the lock.
        slow.await_copies(begun)
    newsroom.ended(sender, 0)
    assert slow.copies() == dict.fromkeys(READERS, 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={FULL_DISK}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk wants root, and leave to mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        while _writes(file.write):
            pass
    return filler


def _writes(write: Callable[[bytes], int | None]) -> bool:
    try:
        return bool(write(bytes(4096)))
    except OSError:
        return False


def test_on_a_full_disk_it_stops_with_a_word_and_goes_on_when_there_is_room(
    small_disk: Path, new_newsroom: Callable[..., Newsroom], sink: Callable[..., Sink]
) -> None:
    slow = sink(*SLOW)
    newsroom = new_newsroom(url=f"sqlite:///{small_disk}/digest.db", readers=READERS)
    newsroom.aim(slow.port, connections=CONNECTIONS, uncertain="hold")
    sender = newsroom.start()
    slow.await_copies(CONNECTIONS)
    filler = fill(small_disk)
    said = newsroom.ended(sender, 1)
    filler.unlink()
    newsroom.send(hours=2)
    assert newsroom.told_true(slow.copies())
    assert list(newsroom.states().values()).count("uncertain") <= CONNECTIONS
    assert "full" in said
    assert "should not have happened" not in said


@contextmanager
def slow_commits(newsroom: Newsroom) -> Iterator[None]:
    """The write lock in other hands for 200 ms of every 400: a commit takes as long."""
    over = threading.Event()

    def hold() -> None:
        while not over.is_set():
            with locked(newsroom):
                over.wait(0.2)
            over.wait(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        over.set()
        holder.join()


def test_killed_while_commits_are_slow_it_leaves_one_in_doubt_per_connection(
    new_newsroom: Callable[..., Newsroom], sink: Callable[..., Sink]
) -> None:
    newsroom, receiver = new_newsroom(readers=READERS), sink()
    newsroom.aim(receiver.port, connections=CONNECTIONS, uncertain="hold")
    with slow_commits(newsroom):
        sender = newsroom.start()
        receiver.await_copies(CONNECTIONS)
        sender.kill()
        newsroom.ended(sender, -signal.SIGKILL)
    newsroom.send(hours=2)
    assert list(newsroom.states().values()).count("uncertain") <= CONNECTIONS
    assert newsroom.told_true(receiver.copies())
