"""The lanes letters travel in, `domain:example.com` and `relay:host:port`: which of them rest, and how each is paced.

A rest is on the program's clock, like every time that is shown; a pace on the database's, which all senders share.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.database import database_seconds
from digest.models import FactRow, LaneRow, PaceRow
from digest.record import pace
from digest.record.pace import Allotment, Pace, Rates
from digest.record.upsert import dialect_insert, insert_missing

_DOMAIN = "domain:"


def rest(session: Session, lane: str, until: datetime, reason: str) -> None:
    """Let a lane rest; a later word replaces an earlier one."""
    values = {"resting_until": until, "reason": reason}
    statement = dialect_insert(session, LaneRow).values(name=lane, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def resting(session: Session, now: datetime) -> list[LaneRow]:
    """The lanes that rest now."""
    return list(session.scalars(select(LaneRow).where(LaneRow.resting_until > now).order_by(LaneRow.name)))


def resting_domains(session: Session, now: datetime) -> dict[str, LaneRow]:
    """The receiving domains that rest now."""
    return {row.name.removeprefix(_DOMAIN): row for row in resting(session, now) if row.name.startswith(_DOMAIN)}


def reserve(session: Session, lane: str, per_second: float, count: int) -> float:
    """Plan `count` letters in a row; how many seconds from now the first may begin."""
    planned, wait = pace.reserve(_paces(session, [lane])[lane], count, per_second, database_seconds(session))
    _store(session, {lane: planned})
    return wait


def allot(session: Session, counts: Mapping[str, int], rates: Rates) -> dict[str, Allotment]:
    """Plan so many letters to each receiving domain; domains without a limit are not in the answer."""
    limits = {domain: limit for domain in counts if (limit := rates.of_domain(domain)) is not None}
    if not limits:
        return {}
    paces, now = _paces(session, [_DOMAIN + domain for domain in limits]), database_seconds(session)
    planned = {
        domain: pace.allot(paces[_DOMAIN + domain], counts[domain], limit, now) for domain, limit in limits.items()
    }
    _store(session, {_DOMAIN + domain: one.pace for domain, one in planned.items()})
    return planned


def day_of_warm_up(session: Session, lane: str, now: datetime) -> int:
    """How many days (UTC) a relay has been in use, from 0; the first day is remembered."""
    name, today = f"first day of {lane}", now.astimezone(UTC).date()
    session.execute(insert_missing(session, FactRow), {"name": name, "value": today.isoformat()})
    first = session.scalars(select(FactRow.value).where(FactRow.name == name)).one()
    return (today - date.fromisoformat(first)).days


def forget_old_paces(session: Session) -> None:
    """A lane that could send now needs no row. Without this, a rate for every domain would keep a row for each."""
    now = database_seconds(session)
    session.execute(delete(PaceRow).where(PaceRow.next_at < now, PaceRow.later_at < now))


def _paces(session: Session, names: Iterable[str]) -> dict[str, Pace]:
    # In one order everywhere: two senders would else wait for each other's rows for ever.
    names = sorted(names)
    session.execute(
        insert_missing(session, PaceRow), [{"name": name, "next_at": 0.0, "later_at": 0.0} for name in names]
    )
    rows = session.execute(
        select(PaceRow.name, PaceRow.next_at, PaceRow.later_at)
        .where(PaceRow.name.in_(names))
        .order_by(PaceRow.name)
        .with_for_update()
    )
    return {row.name: Pace(row.next_at, row.later_at) for row in rows}


def _store(session: Session, paces: Mapping[str, Pace]) -> None:
    insert = dialect_insert(session, PaceRow)
    replaced = {name: insert.excluded[name] for name in ("next_at", "later_at")}
    session.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_=replaced),
        [{"name": name, "next_at": one.next_at, "later_at": one.later_at} for name, one in paces.items()],
    )
