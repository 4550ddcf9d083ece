"""`digest send` beside three others, in turn, against the same server: near and 20 ms away, small letters and large.

`digest send` is the real process on a frozen edition: it claims, fills, sends and records every outcome, barrier on.
Its time is from its first try to its last outcome, as it recorded them itself; the others record nothing.
"""

import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from bench import frozen
from bench.figure import Figure
from bench.loops import CONNECTIONS
from bench.processes import Ran, run
from bench.servers import SMTP_SINK, SMTP_SOURCE, far_away, server
from digest.database import open_database
from digest.models import AttemptRow

_ROUNDS = 3
_DIGESTS = 20
OURS, SOURCE, AIOSMTPLIB, SMTPLIB = "digest send", "smtp-source -d", "aiosmtplib", "smtplib"


@dataclass(frozen=True, slots=True)
class Case:
    """One letter size at one distance; how many letters each sends, and how much faster than another it must be."""

    size: int
    round_trip_ms: int
    letters: dict[str, int]
    goals: dict[str, float]

    @property
    def name(self) -> str:
        """How the table names it."""
        return f"{self.size // 1000} KB, {self.round_trip_ms} ms"


CASES = (
    Case(3000, 0, {OURS: 20_000, SOURCE: 20_000, AIOSMTPLIB: 4000, SMTPLIB: 3000}, {SOURCE: 0.9, AIOSMTPLIB: 4}),
    Case(30_000, 0, {OURS: 8000, SOURCE: 8000, AIOSMTPLIB: 2000, SMTPLIB: 2000}, {SOURCE: 1.0, AIOSMTPLIB: 3}),
    Case(3000, 20, {OURS: 1000, SOURCE: 250, AIOSMTPLIB: 250, SMTPLIB: 250}, {SOURCE: 3.5, AIOSMTPLIB: 4}),
    Case(30_000, 20, {OURS: 1000, SOURCE: 250, AIOSMTPLIB: 250, SMTPLIB: 250}, {SOURCE: 3.5, AIOSMTPLIB: 4}),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One run: letters a second, and what the process took. `start_seconds`: until its first letter."""

    rate: float
    cpu_us: float
    peak_mb: float
    start_seconds: float = 0.0


Client = Callable[[int], Sent]
"""Sends to a port."""


def measure() -> Iterator[Figure]:
    """Every case in turn."""
    if not (SMTP_SINK and SMTP_SOURCE):
        print("smtp-sink or smtp-source is not here (they come with Postfix): what can be is measured without them")
    with tempfile.TemporaryDirectory() as folder, server() as port:
        for case in CASES:
            with far_away(port, case.round_trip_ms) as far:
                yield from _figures(case, _rounds(_clients(case, Path(folder)), far))
        yield from _proxy(port)


def _rounds(clients: dict[str, Client], port: int) -> dict[str, Sent]:
    """Each client in turn, several times over; of each its medians."""
    runs: dict[str, list[Sent]] = defaultdict(list)
    for _ in range(_ROUNDS):
        for name, client in clients.items():
            runs[name].append(client(port))
    return {name: _median(found) for name, found in runs.items()}


def _median(runs: list[Sent]) -> Sent:
    names = ("rate", "cpu_us", "peak_mb", "start_seconds")
    return Sent(*(statistics.median(getattr(one, name) for one in runs) for name in names))


def _figures(case: Case, medians: dict[str, Sent]) -> Iterator[Figure]:
    ours = medians[OURS]
    for name, sent in medians.items():
        yield Figure(f"{case.name}: {name}", sent.rate, "letters/s")
        yield Figure(f"{case.name}: {name}, CPU per letter", sent.cpu_us, "µs")
    for name, goal in case.goals.items():
        if name in medians:
            yield Figure(f"{case.name}: {OURS} / {name}", ours.rate / medians[name].rate, "×", at_least=goal)
    yield Figure(f"{case.name}: {OURS}, until the first letter", ours.start_seconds, "s", at_most=3)
    yield Figure(f"{case.name}: {OURS}, peak memory", ours.peak_mb, "MB", at_most=200)


def _clients(case: Case, folder: Path) -> dict[str, Client]:
    template = folder / case.name
    template.mkdir()
    frozen.prepare(template, case.letters[OURS], _DIGESTS, case.size)
    letter = template / "letter.eml"
    letter.write_bytes(frozen.letter(case.size).fill(frozen.VALUES))
    clients: dict[str, Client] = {OURS: partial(digest_send, template, case.letters[OURS])}
    if SMTP_SOURCE:
        clients[SOURCE] = partial(_smtp_source, SMTP_SOURCE, case.letters[SOURCE], case.size)
    for name in (AIOSMTPLIB, SMTPLIB):
        clients[name] = partial(_loop, name, case.letters[name], letter)
    return clients


def digest_send(template: Path, letters: int, port: int, connections: int = CONNECTIONS) -> Sent:
    """Send a copy of a frozen edition. The processor time of a second, idle `digest send` is start-up and taken off."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("digest.db", "digest.secrets"):
            shutil.copy(template / file, folder)
        frozen.write_config(folder, port, connections)
        command = [sys.executable, "-m", "digest.cli", "send"]
        ran, idle = run(command, cwd=folder), run(command, cwd=folder)
        first, last, count = recorded(folder)
    if count != letters:
        raise RuntimeError(f"{count} of {letters} letters were sent: {ran.output}")
    seconds = (last - first).total_seconds()
    cpu_us = (ran.cpu_seconds - idle.cpu_seconds) / letters * 1e6
    return Sent(letters / seconds, cpu_us, ran.peak_bytes / 1e6, first.timestamp() - ran.began)


def recorded(folder: Path) -> tuple[datetime, datetime, int]:
    """The first try, the last outcome and the number of letters sent, from the record itself."""
    database = open_database(f"sqlite:///{folder}/digest.db")
    with database.read() as session:
        columns = func.min(AttemptRow.started_at), func.max(AttemptRow.finished_at), func.count()
        first, last, count = session.execute(select(*columns).where(AttemptRow.outcome == "sent")).one()
    database.close()
    return first, last, count


def _smtp_source(program: str, letters: int, size: int, port: int) -> Sent:
    many = ["-s", str(CONNECTIONS), "-m", str(letters), "-l", str(size)]
    ran = run([program, "-d", *many, "-f", "a@example.org", "-t", "b@example.com", f"127.0.0.1:{port}"])
    return _sent(ran, letters, ran.seconds)


def _loop(which: str, letters: int, letter: Path, port: int) -> Sent:
    command = [sys.executable, "-m", "bench.loops", which, str(port), str(letters), str(letter)]
    ran = run(command)
    return _sent(ran, letters, float(ran.output))


def _sent(ran: Ran, letters: int, seconds: float) -> Sent:
    return Sent(letters / seconds, ran.cpu_seconds / letters * 1e6, ran.peak_bytes / 1e6)


def _proxy(port: int) -> Iterator[Figure]:
    """What the longer way carries when it is not long: far more than is asked of it at 20 ms."""
    if SMTP_SOURCE:
        with far_away(port, 0.001) as near:
            rate = _smtp_source(SMTP_SOURCE, 4000, 30_000, near).rate
        yield Figure("the delay proxy itself, 30 KB: smtp-source -d", rate, "letters/s")
