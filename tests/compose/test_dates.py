"""Dates in words: in the reader's zone, in English on every machine."""

from datetime import UTC, datetime

from digest.compose.dates import long_date, moment


def test_a_date_is_that_of_the_zone() -> None:
    assert long_date(datetime(2026, 1, 7, 2, tzinfo=UTC), "America/New_York") == "January 6, 2026"


def test_a_moment_says_day_date_hour_and_zone() -> None:
    at = datetime(2026, 1, 7, 14, tzinfo=UTC)
    assert moment(at, "America/New_York") == "Wednesday, January 7, 2026, 9:00 a.m. EST"


def test_noon_is_p_m_and_midnight_a_m() -> None:
    assert moment(datetime(2026, 7, 4, 12, tzinfo=UTC), "UTC").endswith("12:00 p.m. UTC")
    assert moment(datetime(2026, 7, 4, 4, 5, tzinfo=UTC), "America/New_York").endswith("12:05 a.m. EDT")
