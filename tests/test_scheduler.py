"""The clock: what is due when, across missed ticks and clock changes; and what a tick does."""

import mailbox
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from digest import scheduler, wiring
from digest.desk import Plan
from digest.feedback.channels.maildir import MaildirChannel, MaildirSettings
from digest.models import FeedbackRow
from digest.rhythm import Rhythm
from digest.types import Brand, Content
from tests.feedback.messages import block, dsn

World = Any  # tests/conftest.py
NEW_YORK = ZoneInfo("America/New_York")


def plan(every: str = "wed 09:00", ahead: timedelta = timedelta(days=1)) -> Plan:
    frame = Content(
        "weekly", "W", "a@example.org", Brand("B", "", "", ""), "", NEW_YORK.key, at("2026-01-07T09:00"), (), ()
    )
    return Plan("weekly", Rhythm.parse(every), NEW_YORK, True, ahead, timedelta(days=14), frame)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-01-06T08:59", None),
        ("2026-01-06T09:00", "2026-01-07T09:00"),
        ("2026-01-07T09:00", "2026-01-07T09:00"),
        ("2026-01-13T08:59", "2026-01-07T09:00"),
        ("2026-01-29T12:00", "2026-01-28T09:00"),
    ],
)
def test_a_draft_is_due_ahead_of_its_hour_and_only_the_newest_missed_one_counts(now: str, due: str | None) -> None:
    slot = scheduler.due_slot(plan(), datetime.fromisoformat("2025-12-31T09:00"), at(now))
    assert slot == (datetime.fromisoformat(due) if due else None)


def test_the_repeated_hour_of_autumn_fires_once() -> None:
    hourly, last, slots = plan("30 * * * *", timedelta(0)), datetime(2026, 11, 1, 0, 30), []
    now = at("2026-11-01T00:31")
    for _ in range(20):
        now += timedelta(minutes=15)
        if slot := scheduler.due_slot(hourly, last, now):
            slots.append(slot)
            last = slot
    assert slots == sorted(set(slots))
    assert slots.count(datetime(2026, 11, 1, 1, 30)) == 1


def test_a_tick_drafts_once_and_staff_have_a_mail(world: World) -> None:
    world.clock.now = at("2026-01-06T08:00")
    scheduler.tick(world.pipeline)
    world.publish("One", "NATO")
    world.clock.now = at("2026-01-06T09:00")
    scheduler.tick(world.pipeline)
    scheduler.tick(world.pipeline)
    world.send()
    assert list(world.letters()) == ["desk@example.org"]
    assert world.desk.standing(1).slot == "2026-01-07T09:00"


def test_with_nothing_new_the_edition_is_skipped_and_nobody_is_bothered(world: World) -> None:
    world.clock.now = at("2026-01-06T08:00")
    scheduler.tick(world.pipeline)
    world.clock.now = at("2026-01-06T09:00")
    scheduler.tick(world.pipeline)
    assert world.desk.standing(1).state == "skipped"
    assert world.send() == {}


def test_without_approval_the_edition_goes_out_at_its_hour(new_world: Any) -> None:
    world = new_world(approval="none")
    world.clock.now = at("2026-01-06T08:00")
    scheduler.tick(world.pipeline)
    world.subscribe("all")
    world.publish("One", "NATO")
    world.clock.now = at("2026-01-07T08:59")
    scheduler.tick(world.pipeline)
    assert world.send() == {}
    world.clock.now = at("2026-01-07T09:00")
    scheduler.tick(world.pipeline)
    assert world.send() == {"sent": 1}


def test_two_schedulers_make_one_edition(new_world: Any) -> None:
    one, two = new_world(), new_world()
    for world in (one, two):
        world.clock.now = at("2026-01-06T08:00")
        scheduler.tick(world.pipeline)
    one.publish("One", "NATO")
    for world in (one, two):
        world.clock.now = at("2026-01-06T09:00")
        scheduler.tick(world.pipeline)
    one.send()
    assert len(list((one.folder / "letters").glob("*.eml"))) == 1


def test_feedback_is_read_and_a_channel_in_trouble_stops_no_other(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    back = mailbox.Maildir(tmp_path / "back")
    back.add(dsn(block(said="550 5.1.1 User unknown")))
    intake = wiring.intake(world.pipeline)
    channels = [MaildirChannel(MaildirSettings(path=Path(name)), tmp_path) for name in ("nowhere", "back")]
    with caplog.at_level("INFO", "digest.scheduler"):
        scheduler.read_feedback(intake, channels)
    assert "nowhere is no Maildir" in caplog.text
    assert [message.get_flags() for message in mailbox.Maildir(tmp_path / "back")] == ["S"]
    with world.database.read() as session:
        assert session.scalars(select(FeedbackRow.verdict)).all() == ["hard"]
