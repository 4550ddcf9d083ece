"""What the fault tests share: an edition that `digest send` sends as a process, and smtp-sink to receive it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select, update

import subscribers
from digest import wiring
from digest.blueprint import Blueprint
from digest.config import load
from digest.database import Database, open_database
from digest.models import AttemptRow, BlueprintRow, DeliveryRow
from subscribers.models import Subscriber

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
DONE, WORK_REMAINS = 0, 75

SQLITE = "sqlite:///digest.db"
SIX = tuple(f"reader{number}@example.com" for number in range(6))

ARTICLE = """---
title: A piece
url: "https://www.example.org/a-piece"
date: 2026-01-06
categories: [Asia]
---
"""

NewNewsroom = Callable[..., "Newsroom"]
RunServer = Callable[..., AbstractContextManager[int]]

END_OF_LETTER = b"--"
"""Of the last boundary: before it, the letter is still on its way."""

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")


# ── the sending side ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A folder with a configuration, readers and one edition whose recipients are frozen; senders that were started."""

    folder: Path
    environment: dict[str, str]
    url: str = SQLITE
    senders: list[subprocess.Popen[str]] = field(default_factory=list)

    def prepare(self, readers: Sequence[str], text: str) -> None:
        """Everything up to the frozen edition 1; the article's excerpt is `text`."""
        (self.folder / "articles").mkdir(parents=True)
        (self.folder / "articles" / "a-piece.md").write_text(ARTICLE + text, newline="")
        self.aim(9)
        settings = load(self.folder / "config.yaml")
        wiring.initialise(settings).close()
        pipeline = wiring.open_pipeline(settings, lambda: NOW)
        with pipeline.database.one_connection() as connection:
            subscribers.import_list(
                connection,
                pipeline.keys.address,
                BytesIO("\n".join(["email,name,topics", *(f"{reader},," for reader in readers)]).encode()),
                offer=subscribers.Offer({"weekly": {"asia": "asia"}}, "weekly"),
                confirmed=True,
                via="test",
                now=NOW,
            )
        pipeline.collect()
        pipeline.desk.approve(pipeline.desk.compose("weekly"), by="test")
        pipeline.freeze(1)
        pipeline.database.close()

    def aim(self, port: int, **sender: object) -> None:
        """Let letters leave by the server at this port of loopback."""
        relay = {"kind": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", "connections": 2}
        configuration = {
            "site": {
                "name": "Think Tank",
                "url": "https://www.example.org",
                "timezone": "America/New_York",
                "postal_address": "Here",
            },
            "web": {"url": "https://letters.example.org"},
            "database": {"url": self.url},
            "topics": [{"slug": "asia", "name": "Asia"}],
            "sources": [{"name": "desk", "kind": "folder", "path": "articles"}],
            "newsletters": {"weekly": {"name": "Weekly", "from": "Tank <news@example.org>", "every": "wed 09:00"}},
            "sender": {**relay, **sender},
        }
        (self.folder / "config.yaml").write_text(yaml.safe_dump(configuration))

    def send_here(self, **later: float) -> None:
        """What `digest send` does, without a process of its own, and with short rests for a relay in trouble."""
        pipeline = wiring.open_pipeline(load(self.folder / "config.yaml"), lambda: NOW + timedelta(**later))
        hasty = replace(pipeline.policy, relay_pause=timedelta(milliseconds=20))
        asyncio.run(replace(pipeline, policy=hasty).send())
        pipeline.database.close()

    def replace_letters(self, blueprint: Blueprint) -> None:
        """Let every frozen letter be this one: bytes that our own composing would never make."""
        with self.database() as database, database.write() as session:
            session.execute(update(BlueprintRow).values(body=blueprint.to_bytes()))

    def start(self, **later: float) -> subprocess.Popen[str]:
        """`digest send` under way; `later` moves its clock on, as in hours=2."""
        environment = {**self.environment, "DIGEST_NOW": (NOW + timedelta(**later)).isoformat()}
        pipe, command = subprocess.PIPE, [sys.executable, "-m", "digest.cli", "send"]
        self.senders.append(
            subprocess.Popen(command, cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True)
        )
        return self.senders[-1]

    def send(self, *codes: int, **later: float) -> str:
        """`digest send` to its end, which must be one of `codes`: what it said."""
        return self.ended(self.start(**later), *(codes or (DONE, WORK_REMAINS)))

    def ended(self, sender: subprocess.Popen[str], *codes: int) -> str:
        """What a sender said until its end, which must be one of `codes`."""
        with sender:
            out, err = sender.communicate()
        assert sender.returncode in codes, f"{sender.returncode}\n{out}\n{err}"
        assert "Traceback" not in err
        return out + err

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database, opened beside the program."""
        in_folder = self.url.replace(SQLITE, f"sqlite:///{self.folder / 'digest.db'}")
        database = open_database(in_folder)
        try:
            yield database
        finally:
            database.close()

    def states(self) -> dict[str, str]:
        """How it stands with each reader."""
        query = select(Subscriber.address, DeliveryRow.state).join(Subscriber)
        with self.database() as database, database.read() as session:
            return {row.address: row.state for row in session.execute(query)}

    def words(self, reader: str) -> str:
        """What the server said at the last try for this reader, with its codes."""
        tries = select(AttemptRow).join(DeliveryRow).join(Subscriber).where(Subscriber.address == reader)
        with self.database() as database, database.read() as session:
            last = session.scalars(tries.order_by(AttemptRow.id.desc()).limit(1)).one()
            return " ".join(str(part) for part in (last.code, last.enhanced, last.text) if part)

    def letters(self) -> dict[str, bytes]:
        """Each reader's letter as it is to arrive, with the line ends of a file."""
        query = (
            select(Subscriber.address, DeliveryRow.slots, BlueprintRow.body)
            .join(Subscriber)
            .join(BlueprintRow, BlueprintRow.id == DeliveryRow.blueprint_id)
        )
        with self.database() as database, database.read() as session:
            rows = session.execute(query).all()
        filled = {
            row.address: Blueprint.from_bytes(row.body).fill({"to": row.address, **(row.slots or {})}) for row in rows
        }
        return {reader: letter.replace(b"\r\n", b"\n") for reader, letter in filled.items()}

    def told_true(self, copies: Counter[str]) -> bool:
        """Whether everybody has what the states say; where nothing in doubt was sent again."""
        return all(copies[reader] in COPIES[state] for reader, state in self.states().items())


COPIES = {"queued": {0}, "deferred": {0}, "sent": {1}, "failed": {0}, "uncertain": {0, 1}, "sending": {0, 1}}


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsroom with six readers, to copy from."""
    folder = tmp_path_factory.mktemp("approved") / "newsroom"
    Newsroom(folder, {}).prepare(SIX, "A sentence about it.")
    return folder


@pytest.fixture
def new_newsroom(tmp_path: Path, clean_environment: dict[str, str]) -> Iterator[NewNewsroom]:
    """Makes a newsroom on another database, or with other readers or another article."""
    senders: list[subprocess.Popen[str]] = []

    def make(url: str = SQLITE, readers: Sequence[str] = SIX, text: str = "A sentence about it.") -> Newsroom:
        newsroom = Newsroom(tmp_path / "newsroom", clean_environment, url, senders)
        newsroom.prepare(readers, text)
        return newsroom

    yield make
    end_all(senders)


@pytest.fixture
def newsroom(tmp_path: Path, approved: Path, clean_environment: dict[str, str]) -> Iterator[Newsroom]:
    """A newsroom with six readers."""
    shutil.copytree(approved, tmp_path / "newsroom")
    newsroom = Newsroom(tmp_path / "newsroom", clean_environment)
    yield newsroom
    end_all(newsroom.senders)


def end_all(senders: Sequence[subprocess.Popen[str]]) -> None:
    """Leave no sender running behind a test that failed."""
    for sender in senders:
        with sender:
            sender.kill()


# ── the receiving side ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sink:
    """An smtp-sink that runs; it keeps each letter as a file."""

    port: int
    folder: Path

    def copies(self) -> Counter[str]:
        """How many whole letters each recipient has."""
        dumps = [file.read_bytes().rstrip() for file in self.folder.iterdir()]
        return Counter(_recipient(dump) for dump in dumps if dump.endswith(END_OF_LETTER))

    def await_copies(self, number: int) -> None:
        """Wait until so many letters are here."""
        wait_until(lambda: self.copies().total() >= number)


def _recipient(dump: bytes) -> str:
    line = next(line for line in dump.split(b"\n") if line.startswith(b"X-Rcpt-Args: "))
    return line.partition(b"<")[2].partition(b">")[0].decode()


@pytest.fixture
def sink(new_folder: Callable[[], Path]) -> Iterator[Callable[..., Sink]]:
    """Starts smtp-sinks with the options of smtp-sink(1)."""
    if SMTP_SINK is None:
        pytest.skip("smtp-sink is not installed; it comes with Postfix (apt install postfix)")
    as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()
    with ExitStack() as stack:

        def start(*options: str) -> Sink:
            store = new_folder()
            command = [str(SMTP_SINK), *as_nobody, "-d", f"{store}/", *options]
            port = stack.enter_context(running(lambda port: [*command, f"127.0.0.1:{port}", "100"]))
            return Sink(port, store)

        yield start


@pytest.fixture(scope="session")
def new_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders that servers may use which do not run as the user of the tests."""
    with tempfile.TemporaryDirectory(prefix="digest-faults-", ignore_cleanup_errors=True) as parent:
        Path(parent).chmod(0o755)

        def make() -> Path:
            folder = Path(tempfile.mkdtemp(dir=parent))
            folder.chmod(0o777)
            return folder

        yield make


@pytest.fixture(scope="session")
def run_server() -> RunServer:
    """Runs a server, as `running` does."""
    return running


@contextmanager
def running(command: Callable[[int], Sequence[str]], **environment: str) -> Iterator[int]:
    """A server in a process group of its own, up and listening at the port it is given, and down at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    env, quiet = {**os.environ, **environment}, subprocess.DEVNULL
    with subprocess.Popen(command(port), env=env, stdout=quiet, stderr=quiet, start_new_session=True) as server:
        wait_until(lambda: server.poll() is not None or listens(port))
        assert server.poll() is None, f"{server.args!r} ended by itself"
        try:
            yield port
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does; the test's own time-out ends it."""
    while not happened():
        threading.Event().wait(0.005)
