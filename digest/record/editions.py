"""The life of an edition: draft → approved → sending ⇄ paused → sent, or skipped, cancelled."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, select, true, update
from sqlalchemy.orm import Session

from digest.errors import EditionError
from digest.models import DeliveryCountRow, DeliveryRow, DigestRow, EditionRow, FactRow
from digest.record.claims import in_state
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
    """Make a draft of an approved edition again. What a freeze that was broken off has left of it goes."""
    other = open_draft(session, edition.newsletter)
    if other is not None:
        raise EditionError(
            f"edition {edition.id} cannot become a draft again beside draft {other.id}; "
            f"approve or cancel edition {other.id} first"
        )
    for left in (DeliveryRow, DigestRow):
        session.execute(delete(left).where(left.edition_id == edition.id))
    edition.state, edition.reason, edition.sealed = "draft", reason, None
    edition.approved_at, edition.approved_by, edition.frozen_at = None, "", None


def stop(session: Session, edition: EditionRow, reason: str) -> None:
    """Keep an approved edition from being sent: it is a draft again, or stays where the newsletter has a newer one."""
    if open_draft(session, edition.newsletter) is None:
        unseal(session, edition, reason)
    edition.reason = reason


def require_draft(edition: EditionRow) -> None:
    """Raise EditionError for an edition that cannot be approved."""
    if edition.state != "draft":
        raise EditionError(f"edition {edition.id} is {edition.state} already; only a draft can be approved")


def approve(
    session: Session, edition: EditionRow, sealed: dict[str, Any], *, by: str, nonce: str, now: datetime
) -> None:
    """Seal the content. From here on nothing about it changes by itself."""
    require_draft(edition)
    edition.state, edition.reason = "approved", ""
    edition.sealed, edition.nonce = sealed, nonce
    edition.approved_at, edition.approved_by = now, by


def pause(edition: EditionRow, reason: str) -> None:
    """Stop an edition where it stands; what is on the wire ends."""
    _move(edition, ("sending",), "paused", reason)


def resume(edition: EditionRow) -> None:
    """Let a paused edition go on."""
    _move(edition, ("paused",), "sending", "")


def cancel(edition: EditionRow) -> None:
    """Give an edition up: from now on nothing of it leaves. May be repeated; `leave_out_rest` says so of each row."""
    _move(edition, ("draft", "approved", "sending", "paused", "cancelled"), "cancelled", "")


def leave_out_rest(session: Session, edition_id: int, now: datetime, limit: int) -> int:
    """Leave out up to `limit` readers of a cancelled edition who do not have it; those who have it keep it."""
    waiting = DeliveryRow.state.in_((State.QUEUED, State.CLAIMED, State.DEFERRED))
    some = select(DeliveryRow.id).where(DeliveryRow.edition_id == edition_id, waiting).limit(limit)
    result = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(some))
        .values(state=State.LEFT_OUT, reason="edition cancelled", changed_at=now, sender_id=None, next_try_at=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def try_failed_again(session: Session, edition: EditionRow, now: datetime) -> int:
    """Queue an edition's failed deliveries anew, with their own Message-IDs, as if never tried. Returns how many."""
    if edition.state not in ("sending", "sent"):
        raise EditionError(
            f"edition {edition.id} is {edition.state}; only one that was sent can have failed deliveries"
        )
    result = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.edition_id == edition.id, DeliveryRow.state == State.FAILED)
        .values(state=State.QUEUED, reason="", tries=0, first_tried_at=None, next_try_at=None, changed_at=now)
    )
    count = int(result.rowcount)  # type: ignore[attr-defined]
    if count:
        edition.state, edition.reason = "sending", ""
    return count


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
    return _sums(session, edition_id).get(edition_id, {})


def all_sums(session: Session) -> dict[int, dict[str, int]]:
    """`sums` of every edition that has deliveries, by its number."""
    return _sums(session, None)


def _sums(session: Session, edition_id: int | None) -> dict[int, dict[str, int]]:
    """Of one edition or of all: deliveries that are there, and those of which only the count is left."""
    result: dict[int, dict[str, int]] = {}
    for table, count in ((DeliveryRow, func.count()), (DeliveryCountRow, func.sum(DeliveryCountRow.count))):
        acknowledged = and_(table.state == State.UNCERTAIN, table.reason == ACKNOWLEDGED)
        standing = case((acknowledged, ACKNOWLEDGED), else_=table.state)
        which = table.edition_id.is_not(None) if edition_id is None else table.edition_id == edition_id
        rows = select(table.edition_id, standing, count).where(which).group_by(table.edition_id, standing)
        for edition, state, number in session.execute(rows):
            of_edition = result.setdefault(edition, {})
            of_edition[state] = of_edition.get(state, 0) + int(number)
    return result


def open_sums(session: Session, edition_id: int) -> dict[str, int]:
    """The part of `sums` that keeps an edition open, counted in the indexes: of a million rows in 60 ms, not 600."""
    here = DeliveryRow.edition_id == edition_id
    counts: dict[str, int] = {}
    for state in (State.QUEUED, State.DEFERRED, State.UNCERTAIN):
        waiting = here, in_state(state), true() if state is State.QUEUED else DeliveryRow.reason != ACKNOWLEDGED
        counts[state.value] = session.scalar(select(func.count()).where(*waiting)) or 0
    # Not asked for by edition, for then SQLite would read all of the edition rather than the few that are held.
    held = session.execute(select(DeliveryRow.edition_id, DeliveryRow.state).where(DeliveryRow.sender_id.is_not(None)))
    counts |= Counter(state for edition, state in held if edition == edition_id)
    return {state: count for state, count in counts.items() if count}


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
    # The whole is added up only when nothing seems to be left: it reads every row.
    edition.reason = unfinished(open_sums(session, edition.id)) or unfinished(sums(session, edition.id))
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
