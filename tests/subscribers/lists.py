"""Imports a list within the transaction of a test."""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from subscribers import ImportReport, Offer, RefusedRow, import_list
from tests.subscribers.conftest import NOW, SECRET

TOPICS = {"asia": "asia", "Asia": "asia", "NATO": "nato", "Grand strategy": "grand-strategy"}


@dataclass
class Within:
    """Both doors of an import lead into one transaction, so that a test can look from the same session."""

    session: Session

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        yield self.session

    write = read


def load(
    session: Session,
    text: str | bytes,
    *,
    confirmed: bool = True,
    keep_good: bool = False,
    dry_run: bool = False,
    columns: Mapping[str, str] | None = None,
    refused: Callable[[RefusedRow], None] = lambda row: None,
    rows: list[int] | None = None,
) -> ImportReport:
    data = text.encode() if isinstance(text, str) else text
    return import_list(
        Within(session),
        SECRET,
        io.BytesIO(data),
        offer=Offer({"weekly": TOPICS, "daily": {"asia": "asia"}}, "weekly"),
        confirmed=confirmed,
        via="import list.csv",
        now=NOW,
        columns=columns,
        keep_good=keep_good,
        dry_run=dry_run,
        refused=refused,
        progress=(rows if rows is not None else []).append,
    )
