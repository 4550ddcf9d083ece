"""Where a reader's window starts: nothing is lost and nothing comes twice, whatever happened to earlier letters."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

import subscribers
from digest.database import Database
from digest.models import DeliveryRow, EditionRow
from digest.record import readers
from digest.record.readers import HAD_HER_MONTH, NOTHING_NEW

from .conftest import NOW, add_delivery, add_edition

WEEK = timedelta(weeks=1)
Join = Callable[..., int]


def windows(database: Database) -> dict[int, datetime | None]:
    """The window of every reader of an edition now, after one a week ago and one two weeks ago."""
    with database.read() as session:
        edition = session.get_one(EditionRow, 3)
        past = readers.past_editions(session, edition, timedelta(days=14))
        return {r.subscriber_id: r.since for r in readers.readers(session, edition, past, NOW, zone=UTC)}


@pytest.fixture
def past(database: Database) -> None:
    with database.write() as session:
        add_edition(session, slot="1", state="sent", at=NOW - 2 * WEEK)
        add_edition(session, slot="2", state="sent", at=NOW - WEEK)
        add_edition(session, slot="3", state="approved")


def deliver(database: Database, edition: int, person: int, state: str, reason: str = "") -> None:
    with database.write() as session:
        row = add_delivery(session, session.get_one(EditionRow, edition), person, state)
        row.reason = reason


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize(
    ("state", "reason", "starts"),
    [
        ("sent", "", NOW - WEEK),
        ("left_out", NOTHING_NEW, NOW - WEEK),
        ("failed", "", NOW - 2 * WEEK),
        ("left_out", "paused by the reader", NOW - 2 * WEEK),
        ("uncertain", "", NOW - 2 * WEEK),
    ],
)
def test_a_window_starts_where_the_last_letter_that_arrived_ended(
    database: Database, join: Join, state: str, reason: str, starts: datetime
) -> None:
    ann = join("ann", now=NOW - 3 * WEEK)
    deliver(database, 1, ann, "sent")
    deliver(database, 2, ann, state, reason)
    assert windows(database) == {ann: starts}


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize(
    ("joined", "starts"),
    [
        (NOW - 3 * WEEK, NOW - timedelta(days=14)),
        (NOW - 2 * WEEK + timedelta(hours=1), NOW - 2 * WEEK),
        (NOW - timedelta(hours=1), NOW - WEEK),
    ],
)
def test_a_newcomer_starts_where_the_last_edition_before_her_ended(
    database: Database, join: Join, joined: datetime, starts: datetime
) -> None:
    ann = join("ann", now=joined)
    assert windows(database) == {ann: starts}


@pytest.mark.usefixtures("past")
def test_who_has_a_delivery_already_is_not_asked_again(database: Database, join: Join) -> None:
    ann, bea = join("ann"), join("bea")
    deliver(database, 3, ann, "queued")
    assert list(windows(database)) == [bea]


@pytest.mark.usefixtures("past")
def test_who_is_passed_over_is_there_with_the_reason(database: Database, join: Join) -> None:
    people = {
        name: join(name, confirmed=name != "pending")
        for name in ("pending", "paused", "complained", "domain", "gone", "ok")
    }
    with database.write() as session:
        subscribers.pause(session, people["paused"], NOW + WEEK, via="page", now=NOW)
        key = session.get_one(subscribers.models.Subscriber, people["complained"]).address_key
        subscribers.suppress(session, key, subscribers.Reason.COMPLAINT, via="feedback", now=NOW)
        subscribers.suppress_domain(session, "elsewhere.org", subscribers.Reason.BY_HAND, now=NOW)
        session.get_one(subscribers.models.Subscriber, people["domain"]).domain = "elsewhere.org"
        subscribers.unsubscribe(session, people["gone"], "weekly", via="one-click", now=NOW)
        edition = session.get_one(EditionRow, 3)
        past = readers.past_editions(session, edition, timedelta(days=14))
        found = {r.subscriber_id: r.passed_over for r in readers.readers(session, edition, past, NOW, zone=UTC)}
    assert found == {
        people["pending"]: "address not confirmed",
        people["paused"]: "paused by the reader",
        people["complained"]: "suppressed: complaint",
        people["domain"]: "suppressed: by hand",
        people["ok"]: "",
    }


NEW_YORK = ZoneInfo("America/New_York")


def monthly_reason(database: Database, now: datetime) -> str:
    """Why the one reader of edition 3 is passed over at `now`."""
    with database.read() as session:
        edition = session.get_one(EditionRow, 3)
        past = readers.past_editions(session, edition, timedelta(days=14))
        (reader,) = readers.readers(session, edition, past, now, zone=NEW_YORK)
        return reader.passed_over


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize(
    ("state", "sent_at", "passed_over"),
    [
        ("sent", datetime(2026, 1, 1, 5, tzinfo=UTC), HAD_HER_MONTH),  # midnight in New York
        ("sent", datetime(2026, 1, 1, 4, 59, tzinfo=UTC), ""),  # there it is still December
        ("uncertain", None, HAD_HER_MONTH),
        ("deferred", None, HAD_HER_MONTH),
        ("failed", None, ""),
        ("left_out", None, ""),
    ],
)
def test_a_monthly_reader_has_one_letter_a_calendar_month_of_the_newsletters_zone(
    database: Database, join: Join, state: str, sent_at: datetime | None, passed_over: str
) -> None:
    ann = join("ann", now=NOW - 3 * WEEK)
    deliver(database, 2, ann, state)
    with database.write() as session:
        session.execute(update(DeliveryRow).values(sent_at=sent_at))
    assert monthly_reason(database, NOW) == ""
    with database.write() as session:
        wanted = subscribers.Preferences(None, subscribers.Rhythm.MONTHLY, "en")
        subscribers.change_preferences(session, ann, "weekly", wanted, via="page", now=NOW)
    assert monthly_reason(database, NOW) == passed_over
    assert monthly_reason(database, datetime(2026, 2, 1, 5, tzinfo=UTC)) == ""
