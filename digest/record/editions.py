"""The life of an edition: draft → approved → sending ⇄ paused → sent, or skipped, cancelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from digest.errors import EditionError
from digest.models import DeliveryRow, EditionRow, FactRow
from digest.record.upsert import insert_missing
from digest.types import State

FINAL = (State.SENT, State.FAILED, State.LEFT_OUT)
"""States a delivery never leaves by itself."""

ACKNOWLEDGED = "acknowledged"
"""The reason of an uncertain delivery that a person has accepted as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What staff change in an edition. None: left as it is."""

    subject: str | None = None
    intro: str | None = None
    lead: int | None = None
    hide: tuple[int, ...] = ()
    show: tuple[int, ...] = ()
    move: tuple[tuple[int, int], ...] = ()
    """Pairs of an article's id and its new position, counted from 1."""

    def describe(self) -> list[str]:
        """What changes, in words."""
        words = [f"{name} changed" for name in ("subject", "intro") if getattr(self, name) is not None]
        words += [f"article {self.lead} leads"] if self.lead is not None else []
        words += [f"article {number} hidden" for number in self.hide]
        words += [f"article {number} shown again" for number in self.show]
        return words + [f"article {number} moved to place {place}" for number, place in self.move]

    def apply_to(self, edits: Mapping[str, Any]) -> dict[str, Any]:
        """The edits of an edition with this change on top."""
        result = dict(edits)
        for name in ("subject", "intro", "lead"):
            if getattr(self, name) is not None:
                result[name] = getattr(self, name)
        hidden = (set(result.get("hidden", [])) | set(self.hide)) - set(self.show)
        moves = [*result.get("moves", []), *(list(pair) for pair in self.move)]
        return {**result, "hidden": sorted(hidden), "moves": moves}


def get(session: Session, edition_id: int) -> EditionRow:
    """An edition by its number. Raises EditionError where there is none."""
    edition = session.get(EditionRow, edition_id)
    if edition is None:
        raise EditionError(f"there is no edition {edition_id}; `digest editions` lists them")
    return edition


def open_draft(session: Session, newsletter: str) -> EditionRow | None:
    """The newsletter's draft; there is at most one."""
    return session.scalar(select(EditionRow).where(EditionRow.newsletter == newsletter, EditionRow.state == "draft"))


def latest_slot(session: Session, newsletter: str) -> str | None:
    """The newest local wall time that has an edition, whatever became of it."""
    return session.scalar(select(func.max(EditionRow.slot)).where(EditionRow.newsletter == newsletter))


def first_look(session: Session, newsletter: str, local_now: datetime) -> str:
    """When a newsletter's clock was first looked at, as a wall time: no edition is owed for the time before."""
    name = f"first look at {newsletter}"
    # A minute is taken off so that a slot of this very minute still counts.
    value = (local_now - timedelta(minutes=1)).isoformat(timespec="minutes")
    session.execute(insert_missing(session, FactRow), {"name": name, "value": value})
    return session.scalars(select(FactRow.value).where(FactRow.name == name)).one()


def make_draft(
    session: Session, newsletter: str, slot: str, *, planned_at: datetime, cutoff_at: datetime, now: datetime
) -> EditionRow | None:
    """A new draft, or None where this slot has its edition already: two schedulers cannot make two.

    A draft that is still unapproved becomes skipped; its articles go into the new one.
    """
    taken = select(EditionRow).where(EditionRow.newsletter == newsletter, EditionRow.slot == slot)
    if session.scalar(taken) is not None:
        return None
    session.execute(
        update(EditionRow)
        .where(EditionRow.newsletter == newsletter, EditionRow.state == "draft")
        .values(state="skipped", reason=f"not approved before the edition of {slot} was due")
    )
    values = {
        "newsletter": newsletter, "slot": slot, "state": "draft", "reason": "", "planned_at": planned_at,
        "cutoff_at": cutoff_at, "edits": {}, "nonce": "", "created_at": now, "approved_by": "",
    }  # fmt: skip
    session.execute(insert_missing(session, EditionRow), values)
    return session.scalar(taken.where(EditionRow.state == "draft", EditionRow.created_at == now))


def change(session: Session, edition: EditionRow, wanted: Change) -> bool:
    """Apply a change to a draft, or to an approved edition, whose seal breaks. Returns whether a seal was broken."""
    if edition.state not in ("draft", "approved"):
        raise EditionError(f"edition {edition.id} is {edition.state}; only a draft or an approved one can be changed")
    broken = edition.state == "approved"
    if broken:
        unseal(session, edition, f"changed after approval: {', '.join(wanted.describe())}")
    edition.edits = wanted.apply_to(edition.edits)
    return broken


def unseal(session: Session, edition: EditionRow, reason: str) -> None:
    """Make a draft of an approved edition again."""
    other = open_draft(session, edition.newsletter)
    if other is not None:
        raise EditionError(
            f"edition {edition.id} cannot become a draft again beside draft {other.id}; "
            f"approve or cancel edition {other.id} first"
        )
    edition.state, edition.reason, edition.sealed = "draft", reason, None
    edition.approved_at, edition.approved_by, edition.frozen_at = None, "", None


def approve(
    session: Session, edition: EditionRow, sealed: dict[str, Any], *, by: str, nonce: str, now: datetime
) -> None:
    """Seal the content. From here on nothing about it changes by itself."""
    if edition.state != "draft":
        raise EditionError(f"edition {edition.id} is {edition.state} already; only a draft can be approved")
    edition.state, edition.reason = "approved", ""
    edition.sealed, edition.nonce = sealed, nonce
    edition.approved_at, edition.approved_by = now, by


def pause(edition: EditionRow, reason: str) -> None:
    """Stop an edition where it stands; what is on the wire ends."""
    _move(edition, ("sending",), "paused", reason)


def resume(edition: EditionRow) -> None:
    """Let a paused edition go on."""
    _move(edition, ("paused",), "sending", "")


def cancel(session: Session, edition: EditionRow, now: datetime) -> None:
    """Give an edition up. Readers who have it keep it; the others are left out."""
    _move(edition, ("draft", "approved", "sending", "paused"), "cancelled", "")
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.edition_id == edition.id, DeliveryRow.state.in_(("queued", "claimed", "deferred")))
        .values(state=State.LEFT_OUT, reason="edition cancelled", changed_at=now, sender_id=None)
    )


def skip(edition: EditionRow, reason: str) -> None:
    """Pass over a draft that has nothing to say."""
    _move(edition, ("draft",), "skipped", reason)


def _move(edition: EditionRow, allowed: tuple[str, ...], state: str, reason: str) -> None:
    if edition.state not in allowed:
        raise EditionError(f"edition {edition.id} is {edition.state}; it would have to be {' or '.join(allowed)}")
    edition.state, edition.reason = state, reason


def due(session: Session, now: datetime) -> list[EditionRow]:
    """Approved editions whose hour has come, and those already on their way."""
    return list(
        session.scalars(
            select(EditionRow)
            .where(
                (EditionRow.state == "sending") | ((EditionRow.state == "approved") & (EditionRow.planned_at <= now))
            )
            .order_by(EditionRow.planned_at, EditionRow.id)
        )
    )


def waiting(session: Session) -> list[EditionRow]:
    """Drafts and approved editions, by their hour."""
    states = EditionRow.state.in_(("draft", "approved"))
    return list(session.scalars(select(EditionRow).where(states).order_by(EditionRow.planned_at)))


def sums(session: Session, edition_id: int) -> dict[str, int]:
    """How many of its deliveries stand where. Acknowledged uncertain ones count as `acknowledged`."""
    rows = session.execute(
        select(DeliveryRow.state, (DeliveryRow.reason == ACKNOWLEDGED).label("acknowledged"), func.count())
        .where(DeliveryRow.edition_id == edition_id)
        .group_by(DeliveryRow.state, "acknowledged")
    )
    result: dict[str, int] = {}
    for state, acknowledged, count in rows:
        name = ACKNOWLEDGED if state == State.UNCERTAIN and acknowledged else state
        result[name] = result.get(name, 0) + count
    return result


def unfinished(counts: Mapping[str, int]) -> str:
    """What keeps an edition open, in words; empty where the sum is right."""
    done = {*FINAL, ACKNOWLEDGED}
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()) if state not in done and count)


def needing_time(counts: Mapping[str, int]) -> str:
    """What neither this sender nor another one at work can finish now, in words; empty where there is nothing."""
    return ", ".join(f"{counts[state]} {state}" for state in (State.DEFERRED, State.UNCERTAIN) if counts.get(state))


def close_if_done(session: Session, edition: EditionRow, now: datetime) -> bool:
    """Call an edition sent once the sum is right; otherwise say what keeps it open."""
    if edition.state != "sending":
        return edition.state == "sent"
    edition.reason = unfinished(sums(session, edition.id))
    if edition.reason:
        return False
    edition.state, edition.sent_at = "sent", now
    return True


def acknowledge(session: Session, edition: EditionRow, now: datetime) -> int:
    """Accept an edition's uncertain deliveries as they are; they keep nobody waiting any more. Returns how many."""
    result = session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.edition_id == edition.id,
            DeliveryRow.state == State.UNCERTAIN,
            DeliveryRow.reason != ACKNOWLEDGED,
        )
        .values(reason=ACKNOWLEDGED, next_try_at=None, changed_at=now)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
