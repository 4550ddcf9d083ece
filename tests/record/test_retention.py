"""What has been kept long enough goes; the sums stay, and nobody gets anything twice for it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from digest.models import AttemptRow, BlueprintRow, DeliveryRow, DigestRow
from digest.record import reports, retention
from digest.record.editions import sums
from digest.record.retention import Periods, Thinned

World = Any  # tests/conftest.py
YEAR = Periods(letters=timedelta(days=396), deliveries=timedelta(days=396))
SHORT_LETTERS = Periods(letters=timedelta(days=92), deliveries=timedelta(days=396))


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Edition 1, sent to four readers of whom one was passed over, and a notice to staff."""
    monkeypatch.setattr(retention, "_AT_ONCE", 2)  # so that several portions are needed
    world.publish("One", "NATO")
    for name in ("ann", "bea", "cat"):
        world.subscribe(name)
    world.subscribe("dot", "asia")
    world.edition()
    world.send()
    return world


def rows(world: World, *tables: Any) -> list[int]:
    with world.database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def thin_out(world: World, periods: Periods, days: int) -> Thinned:
    return retention.thin_out(world.database, periods, world.clock() + timedelta(days=days))


def test_old_deliveries_become_counts_and_the_sums_stay(sent: World) -> None:
    with sent.database.read() as session:
        before = sums(session, 1), reports.left_out(session, 1), reports.editions(session, sent.clock())
    assert before[0] == {"sent": 3, "left_out": 1}
    assert thin_out(sent, YEAR, 397).deliveries == 4
    with sent.database.read() as session:
        assert (sums(session, 1), reports.left_out(session, 1), reports.editions(session, sent.clock())) == before
    assert rows(sent, DeliveryRow, AttemptRow, DigestRow, BlueprintRow) == [0, 0, 0, 0]
    assert thin_out(sent, YEAR, 397) == Thinned(0, 0)


def test_what_is_not_old_enough_stays(sent: World) -> None:
    before = rows(sent, DeliveryRow, AttemptRow, DigestRow, BlueprintRow)
    assert thin_out(sent, YEAR, 395) == Thinned(0, 0)
    assert rows(sent, DeliveryRow, AttemptRow, DigestRow, BlueprintRow) == before


def test_letters_may_go_before_the_deliveries(sent: World) -> None:
    assert thin_out(sent, SHORT_LETTERS, 93) == Thinned(deliveries=0, blueprints=1)
    assert rows(sent, DeliveryRow, AttemptRow, DigestRow, BlueprintRow) == [4, 3, 0, 0]


def test_an_open_edition_keeps_everything(sent: World) -> None:
    sent.clock.move(days=7)
    sent.publish("Two", "NATO", date="2026-01-13")
    sent.desk.approve(sent.desk.compose("weekly"), by="test")
    sent.pipeline.freeze(2)
    assert thin_out(sent, YEAR, 397).deliveries == 4
    assert rows(sent, DeliveryRow) == [4]
    assert sent.send() == {"sent": 3}


def test_after_thinning_nobody_gets_an_article_again(sent: World) -> None:
    sent.clock.move(days=397)
    sent.pipeline.thin_out()
    sent.publish("Two", "NATO", date="2027-02-07")
    sent.edition()
    sent.send()
    text = str(sent.letters()["ann@example.com"].get_body(("plain",)).get_content())
    assert "Two" in text
    assert "One" not in text
