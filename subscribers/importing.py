"""Takes in a list of subscribers. Rows are checked into a temporary table; a few statements then write them all."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import BinaryIO

from sqlalchemy.orm import Session

from subscribers.address import address_key, parse_address
from subscribers.csvfile import Row, read_rows
from subscribers.errors import AddressError, ListRefusedError, RefusedRow
from subscribers.staging import ADDED, CHANGED, CONFIRMED, UNCHANGED, Terms, judge, stage, staging_table, write
from subscribers.topics import join_topics

_BATCH = 5000
_NAME_CHARACTERS = 200


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
    refused: tuple[RefusedRow, ...]


def import_csv(
    session: Session,
    secret: bytes,
    file: BinaryIO,
    *,
    newsletter: str,
    known_topics: Mapping[str, str],
    confirmed: bool,
    via: str,
    now: datetime,
    keep_good: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Import a CSV file, opened for bytes. `known_topics` maps the names and slugs of topics, in any case, to slugs.

    With `confirmed` the operator vouches for consent and the subscriptions are active; without they are pending.
    Existing consent is kept, and nobody who left, was erased or is suppressed comes back. `progress` hears how many
    rows are checked so far. Raises ListRefusedError where a row cannot be taken, unless `keep_good`.
    """
    checker = _Checker(secret, known_topics)
    terms = Terms(newsletter, confirmed, via, now)
    staged = 0
    with staging_table(session):
        rows = checker.check(read_rows(file))
        while batch := list(islice(rows, _BATCH)):
            stage(session, batch)
            staged += len(batch)
            progress(staged + len(checker.refused))
        if checker.refused and not keep_good:
            raise ListRefusedError(
                "nothing was imported; mend these rows, or import only the good ones", checker.refused
            )
        outcomes = judge(session, terms)
        write(session, terms)
    return _report(outcomes, staged, tuple(checker.refused))


def _report(outcomes: dict[str, int], staged: int, refused: tuple[RefusedRow, ...]) -> ImportReport:
    distinct = sum(outcomes.values())
    return ImportReport(
        added=outcomes.pop(ADDED, 0),
        changed=outcomes.pop(CHANGED, 0) + outcomes.pop(CONFIRMED, 0),
        unchanged=outcomes.pop(UNCHANGED, 0),
        skipped=outcomes,
        repeated=staged - distinct,
        refused=refused,
    )


class _Checker:
    """Turns rows of text into rows for the temporary table, and collects those that cannot be."""

    def __init__(self, secret: bytes, known_topics: Mapping[str, str]) -> None:
        self.refused: list[RefusedRow] = []
        self._secret = secret
        self._slugs = {name.casefold(): slug for name, slug in known_topics.items()}
        # A list of 100,000 rows holds a few dozen combinations of topics.
        self._topics = lru_cache(maxsize=4096)(self._read_topics)

    def check(self, rows: Iterable[Row | RefusedRow]) -> Iterator[dict[str, str | None]]:
        for row in rows:
            if isinstance(row, RefusedRow):
                self.refused.append(row)
                continue
            try:
                yield self._staged(row)
            except (AddressError, _UnknownTopicError) as error:
                self.refused.append(RefusedRow(row.number, str(error)))

    def _staged(self, row: Row) -> dict[str, str | None]:
        address = parse_address(row.email)
        return {
            "address_key": address_key(address, self._secret),
            "address": str(address),
            "domain": address.domain,
            "name": _clean(row.name),
            "topics": None if row.topics is None else self._topics(row.topics),
        }

    def _read_topics(self, text: str) -> str:
        names = [name for part in text.split(";") if (name := part.strip())]
        unknown = [name for name in names if name.casefold() not in self._slugs]
        if unknown:
            raise _UnknownTopicError(f"{unknown[0]!r} is not a topic of this newsletter")
        return join_topics([self._slugs[name.casefold()] for name in names] or None)


class _UnknownTopicError(Exception):
    """A row names a topic that is not on offer."""


def _clean(name: str) -> str:
    """A name in one line without control characters, which have no business in a header or on a page."""
    words = " ".join(name.split())[:_NAME_CHARACTERS]
    return words if words.isprintable() else "".join(filter(str.isprintable, words))
