"""PostgreSQL restarted, and slow to commit, while letters are in hand."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

Newsroom = Any  # tests/faults/conftest.py
Sink = Any

READERS = [f"reader{number}@example.com" for number in range(12)]
CONNECTIONS = 4
SLOW = ("-p", "-W", ".:1")

pytestmark = pytest.mark.postgresql

# A constraint trigger that is deferred runs inside COMMIT.
SLOW_COMMITS = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON deliveries DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.state = 'sending') EXECUTE FUNCTION dawdle();
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that can be restarted; it listens on a socket in `folder` alone."""

    programs: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql://digest@/postgres?host={self.folder}"

    def initialise(self) -> None:
        self._run("initdb", "-U", "digest", "-A", "trust", "-E", "UTF8", "--no-sync")

    def do(self, action: str, *options: str) -> None:
        """Start, restart or stop it; without asking its clients."""
        where = f"-k {self.folder} -c listen_addresses= -c fsync=off"
        self._run("pg_ctl", "-w", "-m", "immediate", "-l", f"{self.folder}/log", "-o", where, *options, action)

    def _run(self, program: str, *words: str) -> None:
        # PostgreSQL refuses to run as root, and so do its tools.
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(self.programs / program), "-D", f"{self.folder}/data", *words]
        # The server inherits pg_ctl's output; a pipe would never end.
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=True)


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL server of this test's own."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("no PostgreSQL here: install it (apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="digest-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = Server(programs[-1], Path(folder))
        server.initialise()
        server.do("start")
        yield server
        server.do("stop")


def test_restarted_in_mid_send_it_stops_or_waits_with_a_word_and_goes_on(
    server: Server, new_newsroom: Callable[..., Newsroom], sink: Callable[..., Sink]
) -> None:
    newsroom, slow = new_newsroom(url=server.url, readers=READERS), sink(*SLOW)
    newsroom.aim(slow.port, connections=CONNECTIONS, uncertain="hold")
    sender = newsroom.start()
    slow.await_copies(CONNECTIONS)
    server.do("restart")
    said = newsroom.ended(sender, 0, 1, 75)
    newsroom.send(hours=2)
    assert set(newsroom.states().values()) <= {"sent", "uncertain"}
    assert newsroom.told_true(slow.copies())
    assert "should not have happened" not in said


def test_killed_while_commits_are_slow_it_leaves_one_in_doubt_per_connection(
    server: Server, new_newsroom: Callable[..., Newsroom], sink: Callable[..., Sink]
) -> None:
    newsroom, receiver = new_newsroom(url=server.url, readers=READERS), sink()
    newsroom.aim(receiver.port, connections=CONNECTIONS, uncertain="hold")
    with newsroom.database() as database, database.write() as session:
        session.execute(text(SLOW_COMMITS))
    sender = newsroom.start()
    receiver.await_copies(CONNECTIONS)
    sender.kill()
    newsroom.ended(sender, -signal.SIGKILL)
    newsroom.send(hours=2)
    assert list(newsroom.states().values()).count("uncertain") <= CONNECTIONS
    assert newsroom.told_true(receiver.copies())
