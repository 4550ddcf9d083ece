"""Erasure leaves no trace of the address: not in the rows, not in SQLite's files, not in folders of letters."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

import subscribers
from digest import wiring
from digest.database import Database
from digest.forgetting import forget
from digest.models import AttemptRow, DeliveryRow, LaneRow
from digest.record import letters

World = Any  # tests/conftest.py
ANN = "ann@example.com"


@pytest.fixture
def mentioned(world: World) -> int:
    """Ann has her letter, was sent a proof as well, and servers named her in their words."""
    world.publish("One", "NATO")
    ann: int = world.subscribe("ann")
    world.subscribe("joann")
    edition = world.edition()
    world.send()
    now = world.clock()
    with world.database.write() as session:
        for attempt, delivery in session.execute(select(AttemptRow, DeliveryRow).join(DeliveryRow)):
            attempt.text = f"ok for <{'Ann' if delivery.subscriber_id == ann else 'joann'}@example.com>"
        session.add(LaneRow(name="domain:example.com", resting_until=now, reason=f"550 {ANN} unknown"))
        blueprint = session.scalars(select(DeliveryRow.blueprint_id)).first()
        letters.queue(
            session, "proof", ["Ann@Example.com"], token=f"edition {edition}", blueprint_id=blueprint,
            domain="example.org", now=now,
        )  # fmt: skip
    return ann


def cells(database: Database) -> str:
    """Every value of every table."""
    with database.read() as session:
        tables = inspect(session.connection()).get_table_names()
        return "\n".join(str(list(session.execute(text(f"SELECT * FROM {name}")))) for name in tables)


def erase(world: World, ann: int) -> int:
    stores = wiring.letter_stores(world.settings)
    return forget(world.database, stores, ann, via="command line", now=world.clock())


def test_erasure_leaves_no_row_that_names_her(world: World, mentioned: int) -> None:
    assert ANN in cells(world.database).lower().replace("joann@", "")
    erase(world, mentioned)
    assert ANN not in cells(world.database).lower().replace("joann@", "")
    with world.database.read() as session:
        assert session.scalars(select(subscribers.models.Subscriber.address)).all() == ["joann@example.com"]
        assert sorted(session.scalars(select(AttemptRow.text))) == ["", "ok for <joann@example.com>"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_erasure_leaves_nothing_in_the_database_files(new_world: Callable[..., World], tmp_path: Path) -> None:
    world = new_world()
    world.publish("One", "NATO")
    ann = world.subscribe("zoe.unmistakable")
    for number in range(200):  # rows enough that hers was moved between pages
        world.subscribe(f"reader{number}")
    world.edition()
    world.send()
    files = sorted(tmp_path.glob("digest.db*"))
    assert any(b"zoe.unmistakable" in file.read_bytes() for file in files)
    erase(world, ann)
    assert {file.name: b"zoe.unmistakable" in file.read_bytes() for file in sorted(tmp_path.glob("digest.db*"))} == {
        file.name: False for file in files
    }


def test_erasure_removes_her_letters_from_our_own_folder(world: World, mentioned: int) -> None:
    assert sorted(world.letters()) == [ANN, "joann@example.com"]
    assert erase(world, mentioned) == 1
    assert sorted(world.letters()) == ["joann@example.com"]


def test_what_is_left_can_be_told_from_nothing(world: World, mentioned: int) -> None:
    from digest.record.dossier import held_of

    key = subscribers.address_key(subscribers.parse_address(ANN), world.pipeline.keys.address)
    with world.database.read() as session:
        before = held_of(session, key)
    assert before["person"]["address"] == ANN
    assert [row["act"] for row in before["consents"]] == ["vouched"]
    assert before["deliveries"][0]["attempts"][0]["text"] == "ok for <Ann@example.com>"
    erase(world, mentioned)
    with world.database.read() as session:
        after = held_of(session, key)
    assert after == {
        "person": None,
        "subscriptions": [],
        "consents": [],
        "suppression": {"reason": "erased", "at": datetime(2026, 1, 7, 14, tzinfo=UTC)},
        "suppression_of_domain": None,
        "deliveries": [],
        "feedback": [],
    }


def test_erasing_a_stranger_changes_nothing(world: World, mentioned: int) -> None:
    before = cells(world.database)
    assert erase(world, 4711) == 0
    assert cells(world.database) == before


def test_no_log_and_no_error_names_a_reader(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="digest")
    ann = world.subscribe("ann")
    with world.database.write() as session:
        for newsletter in ("weekly", "gone"):
            mail = subscribers.Mail("goodbye" if newsletter == "gone" else "welcome", ann, newsletter)
            links = {"preferences": "p", "unsubscribe": "u", "subscribe": "s"}
            letters.queue_mail(session, mail, token="1", links=links, domain="example.org", now=world.clock())
    world.send()
    with pytest.raises(IntegrityError) as error, world.database.write() as session:
        session.execute(text("INSERT INTO subscribers (address) VALUES (:address)"), {"address": ANN})
    assert "cannot be composed" in caplog.text
    assert ANN not in caplog.text + str(error.value).partition("DETAIL")[0]
