"""What every test may use: a database of either kind, a pipeline over it, the command line in a folder of its own."""

import asyncio
import email
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import digest.models
import subscribers as people
from digest import keys
from digest.database import SCHEMA, Database, open_database
from subscribers.base import Base
from tests.forked import Forge

assert digest.models

Cli = Callable[..., subprocess.CompletedProcess[str]]


# ── PostgreSQL: the server that DIGEST_TEST_POSTGRESQL names, else one of our own for as long as the tests run ──────


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a server where databases may be made; skips with the reason where there is none."""
    named = os.environ.get("DIGEST_TEST_POSTGRESQL")
    if named:
        yield named
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or _on_path()
    if not programs:
        pytest.skip("no PostgreSQL here: install it (apt install postgresql), or name one in DIGEST_TEST_POSTGRESQL")
    with _server(programs[-1]) as url:
        yield url


def _on_path() -> list[Path]:
    found = shutil.which("initdb")
    return [Path(found).parent] if found else []


@contextmanager
def _server(programs: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="digest-pg-", dir=_in_memory(), ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        # PostgreSQL refuses to run as root, and so do its tools.
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if as_user:
            shutil.chown(folder, "postgres")
        _run([*as_user, programs / "initdb", "-D", data, "-U", "digest", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=50"
        _run([*as_user, programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql://digest@/postgres?host={folder}"
        finally:
            _run([*as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def _in_memory() -> Path | None:
    """A folder in memory, if there is room: to copy a database takes 40 ms there, and up to 300 on a busy disk."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK):
        return None
    return folder if shutil.disk_usage(folder).free > 2_000_000_000 else None


def _run(command: list[str | Path]) -> None:
    # The server inherits pg_ctl's output; a pipe would never end.
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """A database with our tables, to copy from: 40 ms instead of 200."""
    name = f"digest_template_{uuid4().hex[:12]}"
    _administer(postgresql_server, f"CREATE DATABASE {name}")
    _create_tables(_at(postgresql_server, name))
    yield name
    _administer(postgresql_server, f"DROP DATABASE {name}")


def _at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with our tables, to copy from."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    _create_tables(f"sqlite:///{file}")
    return file


def _create_tables(url: str) -> None:
    database = open_database(url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:schema)"), {"schema": SCHEMA})
    with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            connection.rollback()
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


# ── a database, on each kind in turn ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with our tables."""
    if request.param == "sqlite":
        file = tmp_path / "digest.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server, template = request.getfixturevalue("postgresql_server"), request.getfixturevalue("postgresql_template")
    name = f"digest_{uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _at(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with our tables, open."""
    opened = open_database(database_url)
    yield opened
    opened.close()


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clean_environment(tmp_path: Path) -> dict[str, str]:
    """The environment without settings of ours, with a home that is empty."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    return {**kept, "HOME": str(tmp_path), "COLUMNS": "160"}


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    """Starts commands quickly."""
    with Forge() as forge:
        yield forge


@pytest.fixture
def cli(tmp_path: Path, clean_environment: dict[str, str], forge: Forge) -> Cli:
    """Runs `digest …` in a process and a folder of its own: `cli("send", now="2026-01-07T14:00:00+00:00", code=75)`."""

    def run(*words: str, code: int = 0, now: str = "", cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        environment = {**clean_environment, **({"DIGEST_NOW": now} if now else {})}
        done = forge.run(words, cwd, environment)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return run


# ── a small world: a folder of articles, a newsletter, and a folder that letters go to ──────────────────────────────

CONFIG = """
site: {{name: Think Tank, tagline: We think, url: "https://www.example.org", timezone: America/New_York,
       postal_address: "1 Example Avenue, Washington"}}
web: {{url: "http://127.0.0.1:8000"}}
staff: [desk@example.org]
ops: [ops@example.org]
database: {{url: "{url}"}}
topics:
  - {{slug: asia, name: Asia, group: Programs, match: [Asia Program], minimum: {asia_minimum}}}
  - {{slug: nato, name: NATO, group: Policy topics}}
sources: [{sources}]
newsletters:
  weekly: {{name: The weekly, from: "Think Tank <news@example.org>", every: "wed 09:00", approval: {approval}}}
sender: {{kind: folder, path: letters, return_path: "bounces+{{token}}@example.org", {sender}}}
feedback: {{{feedback}}}
"""


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class World:
    """A pipeline with everything around it, on Wednesday 7 January 2026, 09:00 in New York."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        approval: str = "required",
        sender: str = "",
        asia_minimum: str = "1",
        feedback: str = "",
        sources: str = "{name: desk, kind: folder, path: articles}",
    ) -> None:
        from digest import wiring
        from digest.config import load

        self.folder, self.clock = folder, SetClock(datetime(2026, 1, 7, 14, tzinfo=UTC))
        (folder / "articles").mkdir(exist_ok=True)
        (folder / "config.yaml").write_text(
            CONFIG.format(
                url=url,
                approval=approval,
                sender=sender,
                asia_minimum=asia_minimum,
                sources=sources,
                feedback=feedback,
            )
        )
        self.settings = load(folder / "config.yaml")
        if not self.settings.secrets_file.exists():
            keys.create(self.settings.secrets_file)
        self.pipeline = wiring.open_pipeline(self.settings, self.clock)
        self.desk, self.database = self.pipeline.desk, self.pipeline.database

    def publish(self, title: str, *categories: str, name: str = "", date: str = "2026-01-06") -> None:
        """Write an article where the source finds it, and collect."""
        name = name or title.lower().replace(" ", "-")
        meta = {"title": title, "url": f"https://www.example.org/{name}", "date": date, "categories": list(categories)}
        file = self.folder / "articles" / f"{name}.md"
        file.write_text(f"---\n{yaml.safe_dump(meta)}---\nA sentence about it.\n")
        self.pipeline.collect()

    def subscribe(self, name: str, *topics: str, confirmed: bool = True) -> int:
        """A reader of these topics, or of every one."""
        with self.database.write() as session:
            return people.subscribe(
                session,
                self.pipeline.keys.address,
                address=people.parse_address(f"{name}@example.com"),
                newsletter="weekly",
                topics=topics or None,
                via="command line",
                confirmed=confirmed,
                now=self.clock(),
            )

    def edition(self) -> int:
        """Compose and approve an edition."""
        number = self.desk.compose("weekly")
        self.desk.approve(number, by="test")
        return number

    def send(self) -> Mapping[str, int]:
        """Send what is due; how many ended how."""
        return asyncio.run(self.pipeline.send()).outcomes

    @staticmethod
    def text_of(letter: EmailMessage) -> str:
        body = letter.get_body(("plain",))
        assert body
        return str(body.get_content())

    def letters(self, named: Collection[str] | None = None) -> dict[str, EmailMessage]:
        """What lies in the letters' folder, or those files of it, by recipient; of several to one, the last."""
        files = sorted((self.folder / "letters").glob("*.eml"), key=lambda file: int(file.stem))
        files = [file for file in files if named is None or file.name in named]
        parsed = [email.message_from_bytes(file.read_bytes(), policy=SMTP) for file in files]
        return {str(letter["To"]): letter for letter in parsed}


@pytest.fixture
def new_world(tmp_path: Path, database_url: str) -> Iterator[Callable[..., World]]:
    """Makes worlds over one database."""
    made: list[World] = []

    def make(**options: str) -> World:
        made.append(World(tmp_path, database_url, **options))
        return made[-1]

    yield make
    for world in made:
        world.database.close()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    return new_world()
