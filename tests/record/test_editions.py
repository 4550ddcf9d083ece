"""The life of an edition, and the sum that must be right before it is called sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from digest.database import Database
from digest.errors import EditionError
from digest.models import DeliveryRow, EditionRow
from digest.record import editions
from digest.record.editions import Change

from .conftest import NOW, add_delivery, add_edition


def make(database: Database, slot: str = "2026-01-07T09:00") -> int | None:
    with database.write() as session:
        edition = editions.make_draft(session, "weekly", slot, planned_at=NOW, cutoff_at=NOW, now=NOW)
        return edition.id if edition else None


def state(database: Database, number: int) -> str:
    with database.read() as session:
        return editions.get(session, number).state


def test_a_slot_has_one_edition(database: Database) -> None:
    assert make(database) is not None
    assert make(database) is None


def test_an_unapproved_draft_gives_way_to_the_next(database: Database) -> None:
    first, second = make(database), make(database, "2026-01-14T09:00")
    assert first
    assert second
    assert (state(database, first), state(database, second)) == ("skipped", "draft")


def test_a_change_breaks_the_seal_and_says_what_changed(database: Database) -> None:
    number = make(database)
    assert number
    with database.write() as session:
        edition = editions.get(session, number)
        editions.approve(session, edition, {"a": 1}, by="ann", nonce="n", now=NOW)
        assert editions.change(session, edition, Change(subject="New", hide=(7,)))
        assert (edition.state, edition.sealed) == ("draft", None)
        assert edition.reason == "changed after approval: subject changed, article 7 hidden"


def test_changes_add_up() -> None:
    edits = Change(hide=(1, 2), move=((3, 1),)).apply_to({})
    edits = Change(show=(1,), move=((4, 2),), subject="S").apply_to(edits)
    assert edits == {"hidden": [2], "moves": [[3, 1], [4, 2]], "subject": "S"}


def test_what_is_being_sent_cannot_be_changed(database: Database) -> None:
    with database.write() as session:
        edition = add_edition(session)
        with pytest.raises(EditionError, match="only a draft or an approved one"):
            editions.change(session, edition, Change(subject="late"))


@pytest.mark.parametrize(
    ("states", "why"),
    [
        (("sent", "failed", "left_out"), ""),
        (("sent", "deferred", "deferred"), "2 deferred"),
        (("sent", "uncertain", "queued"), "1 queued, 1 uncertain"),
    ],
)
def test_an_edition_is_sent_only_when_the_sum_is_right(
    database: Database, join: Callable[..., int], states: tuple[str, ...], why: str
) -> None:
    people = [join(name) for name in ("ann", "bea", "cat")]
    with database.write() as session:
        edition = add_edition(session)
        for person, delivery_state in zip(people, states, strict=True):
            add_delivery(session, edition, person, delivery_state)
        session.flush()
        assert editions.close_if_done(session, edition, NOW) is (why == "")
        assert (edition.state, edition.reason) == ("sending" if why else "sent", why)


def test_acknowledged_uncertain_deliveries_keep_nobody_waiting(database: Database, on_its_way: list[int]) -> None:
    with database.write() as session:
        session.execute(update(DeliveryRow).values(state="uncertain"))
        edition = session.scalars(select(EditionRow)).one()
        assert editions.acknowledge(session, edition, NOW) == 3
        assert editions.close_if_done(session, edition, NOW)


def test_a_cancelled_edition_leaves_out_those_who_do_not_have_it(database: Database, on_its_way: list[int]) -> None:
    with database.write() as session:
        session.execute(update(DeliveryRow).where(DeliveryRow.id == on_its_way[0]).values(state="sent"))
        edition = session.scalars(select(EditionRow)).one()
        editions.cancel(edition)
        assert editions.leave_out_rest(session, edition.id, NOW, limit=10) == 2
    with database.read() as session:
        assert [row.state for row in session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))] == [
            "sent",
            "left_out",
            "left_out",
        ]


def test_only_editions_whose_hour_has_come_are_due(database: Database) -> None:
    with database.write() as session:
        add_edition(session, slot="a", state="approved", at=NOW)
        add_edition(session, slot="b", state="approved", at=NOW + timedelta(hours=1))
        add_edition(session, slot="c", state="draft", at=NOW)
        assert [edition.slot for edition in editions.due(session, NOW)] == ["a"]
