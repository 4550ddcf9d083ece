"""Takes in a list of subscribers: rows are checked into a temporary table, then written portion by portion."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import BinaryIO, Protocol

from sqlalchemy.orm import Session

from subscribers.errors import ListRefusedError, RefusedRow
from subscribers.importing import staging
from subscribers.importing.checking import Checker, Offer
from subscribers.importing.staging import ADDED, CHANGED, CONFIRMED, LEFT, STOPPED, UNCHANGED, Terms
from subscribers.importing.table import open_list
from subscribers.importing.writing import write

__all__ = ["Connected", "ImportReport", "Offer", "import_list"]

_BATCH = 5000
"""Rows written in one transaction: some 0.2 s of SQLite's write lock."""
_REMEMBERED = 100


class Connected(Protocol):
    """Two doors to one connection of a database, so that a temporary table lasts from each transaction to the next."""

    def read(self) -> AbstractContextManager[Session]:
        """A transaction that writes temporary tables only, and lets other processes write."""
        ...

    def write(self) -> AbstractContextManager[Session]:
        """A transaction that may write everything."""
        ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a list's rows; the counts and the refused rows add up to all of them."""

    added: int
    changed: int
    unchanged: int
    skipped: Mapping[str, int]
    """Rows passed over because the person may not be brought back by a list: how many for which reason."""
    repeated: int
    """Rows whose address comes again further down, where it counts."""
    refused: int
    first_refused: tuple[RefusedRow, ...] = ()
    program: str = ""
    """Whose export it was; empty for a plain list."""
    left: int = 0
    """Readers who had left, or were suppressed, where the list comes from, and now are here."""


@dataclass(slots=True)
class _Refused:
    """Counts the rows that were refused and remembers the first: a file of nothing else must not fill the memory."""

    tell: Callable[[RefusedRow], None]
    count: int = 0
    first: list[RefusedRow] = field(default_factory=list)

    def add(self, row: RefusedRow) -> None:
        self.count += 1
        if len(self.first) < _REMEMBERED:
            self.first.append(row)
        self.tell(row)


def import_list(
    database: Connected,
    secret: bytes,
    file: BinaryIO,
    *,
    offer: Offer,
    confirmed: bool,
    via: str,
    now: datetime,
    columns: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
    keep_good: bool = False,
    dry_run: bool = False,
    refused: Callable[[RefusedRow], None] = lambda row: None,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Import a list, opened for bytes. `columns` says which column means what: field → its title.

    With `confirmed` the operator vouches for consent and subscriptions are active, unless the list itself says that
    they are not; without they are pending. Existing consent is kept, and nobody who left, was erased or is suppressed
    comes back. A date without a time means noon in `zone`. `refused` hears of every row that cannot be taken,
    `progress` how many rows are checked so far.

    Every row is checked before the first is written. Writing takes a short transaction for some thousand rows: killed
    in between, the rest is not there, and importing again completes it. Raises ListRefusedError where a row cannot be
    taken, unless `keep_good`.
    """
    layout, rows = open_list(file, columns or {})
    bad = _Refused(refused)
    checker = Checker(layout, offer, secret=secret, zone=zone, now=now, refuse=bad.add)
    terms = Terms(confirmed, via, now)
    good = checker.check(rows)
    staged = 0
    try:
        with database.read() as session:
            staging.create(session)
        while batch := list(islice(good, _BATCH)):
            with database.read() as session:
                staging.stage(session, batch)
            staged += len(batch)
            progress(staged + bad.count)
        if bad.count and not keep_good:
            raise ListRefusedError(
                "nothing was imported; mend these rows, or import only the good ones", bad.first, bad.count
            )
        outcomes = _judge_all(database, terms) if dry_run else _write_all(database, terms)
    finally:
        with database.read() as session:
            staging.drop(session)
    return _report(outcomes, staged, bad, layout.program)


def _judge_all(database: Connected, terms: Terms) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    with database.read() as session:
        for portion in staging.portions(session, _BATCH):
            outcomes.update(staging.judge(session, portion, terms))
    return outcomes


def _write_all(database: Connected, terms: Terms) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    with database.read() as session:
        portions = staging.portions(session, _BATCH)
    for portion in portions:
        with database.write() as session:
            judged = staging.judge(session, portion, terms)
            write(session, portion, terms, judged)
        outcomes.update(judged)
    return outcomes


def _report(outcomes: Counter[str], staged: int, bad: _Refused, program: str) -> ImportReport:
    distinct = outcomes.total()
    return ImportReport(
        added=outcomes.pop(ADDED, 0),
        changed=outcomes.pop(CHANGED, 0) + outcomes.pop(CONFIRMED, 0),
        unchanged=outcomes.pop(UNCHANGED, 0),
        left=outcomes.pop(LEFT, 0) + outcomes.pop(STOPPED, 0),
        skipped=dict(outcomes),
        repeated=staged - distinct,
        refused=bad.count,
        first_refused=tuple(bad.first),
        program=program,
    )
