"""The errors of the gate that a person has sent an edition in spite of: which, who, when and why."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.models import OverrideRow

Error = tuple[str, str, str]
"""Rule, place and problem, as the gate words them."""


def add(session: Session, edition_id: int, errors: Iterable[Error], *, by: str, why: str, now: datetime) -> None:
    """Record that these errors of an edition were overridden."""
    for rule, place, problem in errors:
        what = {"edition_id": edition_id, "rule": rule, "place": place, "problem": problem}
        session.add(OverrideRow(**what, overridden_at=now, overridden_by=by, why=why))


def of(session: Session, edition_id: int) -> Collection[Error]:
    """The errors of an edition that were ever overridden."""
    rows = session.scalars(select(OverrideRow).where(OverrideRow.edition_id == edition_id))
    return {(row.rule, row.place, row.problem) for row in rows}
