"""What is known of a source after each visit, and whose turn it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from digest.database import Database
from digest.models import SourceRow
from digest.record import findings, visits
from digest.types import Found, FoundArticle, Validators, Visit

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DAY = timedelta(days=1)
NAMES = {name: f"https://e.org/{name}/feed" for name in ("new", "site", "other")}
ARTICLE = FoundArticle("1", "One", "https://e.org/1", NOW - DAY)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        yield session


def take(session: Session, visit: Visit, now: datetime) -> SourceRow:
    """What the pipeline does with a visit."""
    stored = findings.store(session, visit, now)
    row = visits.source(session, visit.name, NAMES[visit.name])
    visits.note(session, row, visit, stored.new, now)
    session.flush()
    return row


def found(*articles: FoundArticle, **more: object) -> Visit:
    return Visit("site", Found(articles, **more))  # type: ignore[arg-type]


def test_source_row_tells_how_it_went(session: Session) -> None:
    row = take(session, found(ARTICLE, validators=Validators('"1"', "yesterday"), problems=("item 2 is odd",)), NOW)
    assert (row.succeeded_at, row.last_new_at, row.problems) == (NOW, NOW, ["item 2 is odd"])
    assert visits.validators(session, NAMES) == {"site": Validators('"1"', "yesterday")}


def test_failures_are_counted_until_the_next_success(session: Session) -> None:
    take(session, found(ARTICLE), NOW)
    failed = Visit("site", None, "the server says 404 Not Found", 404)
    take(session, failed, LATER)
    row = take(session, failed, LATER + DAY)
    assert (row.failures, row.error, row.checked_at) == (2, failed.error, LATER + DAY)
    assert (row.succeeded_at, row.last_new_at, row.failing_since) == (NOW, NOW, LATER)
    row = take(session, found(ARTICLE), LATER + 2 * DAY)
    assert (row.failures, row.error, row.failing_since) == (0, "", None)


def test_unchanged_source_keeps_its_validators_and_problems(session: Session) -> None:
    take(session, found(validators=Validators('"1"'), problems=("odd",)), NOW)
    row = take(session, found(unchanged=True), LATER)
    assert (row.etag, row.problems, row.succeeded_at) == ('"1"', ["odd"], LATER)


def test_where_it_has_moved_is_known_until_it_has_moved_no_more(session: Session) -> None:
    moved = Visit("site", Found(), moved_to="https://e.org/new")
    assert take(session, moved, NOW).moved_to == "https://e.org/new"
    assert take(session, found(), LATER).moved_to == ""


def test_what_is_usual_is_learnt_from_dates_of_publication(session: Session) -> None:
    articles = [FoundArticle(str(n), str(n), f"https://e.org/{n}", NOW - DAY * n) for n in range(1, 11)]
    announced = FoundArticle("x", "x", "https://e.org/x", NOW + 9 * DAY)
    row = take(session, found(*articles, announced), NOW)
    assert (row.newest_at, row.per_day, row.days_apart) == (NOW - DAY, 1.0, 1.0)
    row = take(session, found(FoundArticle("y", "y", "https://e.org/y", LATER)), LATER)
    assert row.newest_at == LATER


def test_what_is_usual_does_not_fade_while_a_source_is_silent(session: Session) -> None:
    """A source that fell silent a year ago, and is read today for the first time."""
    then = NOW - 365 * DAY
    row = take(
        session, found(*(FoundArticle(str(n), "t", f"https://e.org/{n}", then - DAY * n) for n in range(10))), NOW
    )
    assert (row.newest_at, row.per_day) == (then, 1.0)


def test_whose_turn_it_is_survives_restarts(session: Session) -> None:
    row = take(session, found(), NOW)
    assert row.next_at
    session.expire_all()
    assert visits.due(session, NAMES, NOW + timedelta(minutes=50)) == ["new", "other"]
    assert visits.due(session, NAMES, NOW + timedelta(minutes=70)) == list(NAMES)
    assert visits.may_be_asked(session, NAMES, NOW) == list(NAMES)


def test_a_server_is_left_alone_as_long_as_it_wants_even_by_hand(session: Session) -> None:
    take(session, Visit("site", None, "busy", 503, retry_after=timedelta(hours=5)), NOW)
    for ask in (visits.due, visits.may_be_asked):
        assert ask(session, NAMES, NOW + timedelta(hours=4)) == ["new", "other"]
    assert visits.may_be_asked(session, NAMES, NOW + timedelta(hours=5)) == list(NAMES)
    take(session, found(), LATER)
    assert visits.may_be_asked(session, NAMES, LATER) == list(NAMES)


def test_what_is_gone_is_paused_until_it_is_there_again(session: Session) -> None:
    row = take(session, Visit("site", None, "the server says 410 Gone", 410), NOW)
    assert (row.paused_at, row.next_at) == (NOW, None)
    for ask in (visits.due, visits.may_be_asked):
        assert ask(session, NAMES, NOW + 900 * DAY) == ["new", "other"]
    row = take(session, Visit("site", None, "no answer"), LATER)
    assert row.paused_at == NOW
    row = take(session, found(), LATER)
    assert row.paused_at is None
    assert visits.due(session, NAMES, LATER + DAY) == list(NAMES)


def test_what_is_not_found_for_a_week_is_paused(session: Session) -> None:
    missing = Visit("site", None, "the server says 404 Not Found", 404)
    assert take(session, missing, NOW).paused_at is None
    assert take(session, missing, NOW + 6 * DAY).paused_at is None
    assert take(session, missing, NOW + 7 * DAY).paused_at == NOW + 7 * DAY


def test_with_another_address_nothing_is_known_of_a_source(session: Session) -> None:
    moved = NAMES | {"site": "https://e.org/elsewhere"}
    take(session, found(ARTICLE, validators=Validators('"1"')), NOW)
    take(session, Visit("site", None, "the server says 410 Gone", 410), NOW)
    assert visits.due(session, moved, NOW) == visits.may_be_asked(session, moved, NOW) == list(NAMES)
    assert visits.validators(session, moved) == {}
    row = visits.source(session, "site", moved["site"])
    session.flush()
    assert (row.paused_at, row.succeeded_at, row.etag, row.failures) == (None, None, "", 0)
