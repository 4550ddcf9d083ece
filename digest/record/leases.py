"""Which senders are alive. Each holds a lease on the database's clock; who lets it run out loses its deliveries.

What a dead sender had claimed goes back to the queue. What it was sending is uncertain: the server may have it.
"""

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, case, delete, literal, select, update
from sqlalchemy.orm import Session

from digest.database import database_seconds
from digest.models import DeliveryRow, SenderRow
from digest.types import State
from subscribers.base import UTCDateTime

LEASE_SECONDS = 60.0

UNCERTAIN_WAIT = timedelta(minutes=5)
"""How long an uncertain delivery rests before it may be sent again."""


def register(session: Session) -> int:
    """Enter this process as a sender and return its number."""
    row = SenderRow(
        host=socket.gethostname(),
        pid=os.getpid(),
        pid_started=process_start(os.getpid()),
        lease_until=database_seconds(session) + LEASE_SECONDS,
    )
    session.add(row)
    session.flush()
    return row.id


def renew(session: Session, sender_id: int) -> bool:
    """Lengthen the lease; False where another sender has taken it away."""
    result = session.execute(
        update(SenderRow).where(SenderRow.id == sender_id).values(lease_until=database_seconds(session) + LEASE_SECONDS)
    )
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


def take_over_dead(session: Session, now: datetime) -> int:
    """Free what dead senders held. Returns how many deliveries have become uncertain."""
    seconds = database_seconds(session)
    dead = [row for row in session.scalars(select(SenderRow)) if _is_dead(row, seconds)]
    return sum(retire(session, row.id, now) for row in dead)


def retire(session: Session, sender_id: int, now: datetime) -> int:
    """Strike a sender off; what it held is free again or uncertain. Returns how many are uncertain."""
    # First of all: a claim that is under way there is waited for, and none can follow.
    session.execute(delete(SenderRow).where(SenderRow.id == sender_id))
    mine = DeliveryRow.sender_id == sender_id
    session.execute(
        update(DeliveryRow)
        .where(mine, DeliveryRow.state == State.CLAIMED)
        .values(state=State.QUEUED, sender_id=None, changed_at=now)
    )
    result = session.execute(
        update(DeliveryRow)
        .where(mine, DeliveryRow.state == State.SENDING)
        .values(
            state=State.UNCERTAIN,
            reason="the sender stopped before the server's answer was recorded",
            sender_id=None,
            next_try_at=once(now + UNCERTAIN_WAIT),
            changed_at=now,
        )
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def once(moment: datetime | None) -> ColumnElement[datetime | None]:
    """When an uncertain delivery may go out again; never, where it has been sent again before: then it is held."""
    return case((DeliveryRow.resent.is_(True), None), else_=literal(moment, UTCDateTime))


def _is_dead(row: SenderRow, seconds: float) -> bool:
    if row.lease_until < seconds:
        return True
    return row.host == socket.gethostname() and process_start(row.pid) != row.pid_started


def process_start(pid: int) -> str:
    """When a process of this machine began, in the kernel's own count; empty where there is no such process.

    Field 22 of proc(5)'s stat; the command's name before it may hold blanks and brackets. A zombie counts as gone.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else _alive_elsewhere(pid)
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _alive_elsewhere(pid: int) -> str:
    """Without /proc only the pid itself can be asked for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
