"""How a source is doing: what is usual for it, when it is asked again, and what is said of it. No database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import SourceRow
from digest.record.health import in_words, is_lost, next_check, often, silence, state, trouble, usual, wait_until

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


def row(**values: object) -> SourceRow:
    return SourceRow(**{"name": "site", "failures": 0, "error": "", "moved_to": "", **values})


def test_what_is_usual_for_a_source_that_publishes_on_weekdays() -> None:
    weekdays = [NOW - number * DAY for number in range(28) if (NOW - number * DAY).weekday() < 5]
    found = usual(weekdays + [moment - timedelta(hours=1) for moment in weekdays])
    assert found
    assert (often(found.per_day), round(found.distance, 1)) == ("1.4 a day", 1.4)


@pytest.mark.parametrize("moments", [[], [NOW] * 100, [NOW - DAY * n for n in range(4)]])
def test_with_few_days_nobody_can_say_what_is_usual(moments: list[datetime]) -> None:
    assert usual(moments) is None


@pytest.mark.parametrize(
    ("per_day", "words"),
    [(None, ""), (1.4, "1.4 a day"), (12.0, "12 a day"), (1.0, "1 a day"), (0.5, "3.5 a week"), (0.1, "3 a month")],
)
def test_how_often_in_words(per_day: float | None, words: str) -> None:
    assert often(per_day) == words


@pytest.mark.parametrize(
    ("per_day", "minutes"), [(None, 60), (1.2, 50), (0.1, 180), (20.0, 15), (4.0, 15), (0.3, 180), (2.0, 30)]
)
def test_a_source_is_asked_24_times_an_article_within_bounds(per_day: float | None, minutes: int) -> None:
    assert round((next_check(row(per_day=per_day), NOW, 0.5) - NOW).total_seconds() / 60) == minutes


@pytest.mark.parametrize(("failures", "minutes"), [(1, 30), (2, 60), (5, 480), (7, 1440), (1000, 1440)])
def test_a_source_that_fails_is_asked_ever_later_up_to_a_day(failures: int, minutes: int) -> None:
    assert next_check(row(per_day=20.0, failures=failures), NOW, 0.5) == NOW + timedelta(minutes=minutes)


@given(
    st.floats(0, 1),
    st.one_of(st.none(), st.floats(1e-6, 1e6)),
    st.integers(0, 10**6),
    st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(days=10**4))),
)
def test_whatever_happens_the_next_check_is_soon_but_not_at_once(
    jitter: float, per_day: float | None, failures: int, retry_after: timedelta | None
) -> None:
    wait = wait_until(NOW, retry_after)
    at = next_check(row(per_day=per_day, failures=failures, wait_until=wait), NOW, jitter)
    assert NOW + timedelta(minutes=13) < at <= NOW + timedelta(days=7)
    assert wait is None or at >= wait


def test_a_server_that_wants_to_be_left_alone_is_for_a_week_at_most() -> None:
    assert wait_until(NOW, None) is None
    assert wait_until(NOW, timedelta(hours=5)) == NOW + timedelta(hours=5)
    assert wait_until(NOW, timedelta(days=400)) == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("status", "failing", "lost"),
    [(410, None, True), (404, None, False), (404, 6, False), (404, 7, True), (500, 90, False), (None, 90, False)],
)
def test_a_source_is_lost_when_it_is_gone_or_long_not_found(
    status: int | None, failing: int | None, lost: bool
) -> None:
    since = None if failing is None else NOW - DAY * failing
    assert is_lost(row(failing_since=since), status, NOW) is lost


@pytest.mark.parametrize(
    ("days_apart", "silent_days", "is_silent"),
    [(1.4, 5, False), (1.4, 6, True), (1.0, 4, False), (7.0, 28, False), (7.0, 29, True), (None, 900, False)],
)
def test_silence_is_held_against_what_is_usual(days_apart: float | None, silent_days: int, is_silent: bool) -> None:
    quiet = row(days_apart=days_apart, newest_at=NOW - DAY * silent_days)
    assert (silence(quiet, NOW) is not None) is is_silent


def test_the_worst_that_is_true_is_said() -> None:
    bad = row(newest_at=NOW - 9 * DAY, days_apart=1.2, per_day=1.4, moved_to="https://e.org/new")
    assert in_words(bad, NOW) == "silent for 9 days, usually 1.4 a day"
    bad.failing_since, bad.error = NOW - timedelta(hours=1), "no answer"
    assert in_words(bad, NOW) == "failing for 1 hour: no answer"
    bad.paused_at = NOW
    assert in_words(bad, NOW) == "paused: no answer"
    moved = row(moved_to="https://e.org/new")
    assert in_words(moved, NOW) == "moved to https://e.org/new; put that into config.yaml"
    assert (state(row(), NOW), in_words(row(), NOW)) == ("well", "well")


def test_what_must_be_told_and_to_whom() -> None:
    silent = trouble(row(newest_at=NOW - 9 * DAY, days_apart=1.2, per_day=1.4), NOW)
    assert silent
    assert (silent.happened, silent.concerns_staff) == ("source site is silent for 9 days, usually 1.4 a day", True)
    failing = {"failing_since": NOW - DAY, "failures": 3, "error": "no answer"}
    long = trouble(row(**failing), NOW)
    assert long
    assert (long.kind, long.since, long.concerns_staff) == ("failing", NOW - DAY, False)
    assert trouble(row(**failing | {"failures": 2}), NOW) is None
    assert trouble(row(**failing | {"failing_since": NOW - timedelta(hours=23)}), NOW) is None
    paused = trouble(row(name="our site", paused_at=NOW, failing_since=NOW, error="gone"), NOW)
    assert paused
    assert "`digest collect 'our site'` asks it as it is" in paused.todo
    assert trouble(row(), NOW) is None
