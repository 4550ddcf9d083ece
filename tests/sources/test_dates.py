"""Dates as feeds write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.sources._dates import parse_date

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-06T10:00:00Z", "2026-01-06T10:00"),
        ("2026-01-06T10:00:00.123+02:00", "2026-01-06T08:00"),
        ("2026-01-06 10:00:00 +0200", "2026-01-06T08:00"),
        ("20260106T100000Z", "2026-01-06T10:00"),
        ("2026-01-06", "2026-01-06T17:00"),
        ("20260706", "2026-07-06T16:00"),
        ("2026-01-06T10:00:00", "2026-01-06T15:00"),
        ("Tue, 06 Jan 2026 10:00:00 GMT", "2026-01-06T10:00"),
        ("Tue, 6 Jan 26 10:00 EST", "2026-01-06T15:00"),
        ("Mon, 06 Jul 2026 10:00:00 CEST", "2026-07-06T08:00"),
        ("Tue, 06 Jan 2026 10:00:00 -0000", "2026-01-06T10:00"),
        ("Tue, 06 Jan 2026 24:00:00 GMT", "2026-01-07T00:00"),
        ("06 January 2026", "2026-01-06T17:00"),
        ("January 6, 2026", "2026-01-06T17:00"),
        ("Jan 6, 2026 8:00 am", "2026-01-06T13:00"),
        ("Jan 6, 2026 12:30 p.m.", "2026-01-06T17:30"),
        ("1767711600", "2026-01-06T15:00"),
        ("1767711600000", "2026-01-06T15:00"),
    ],
)
def test_date_is_read_as_utc(text: str, utc: str) -> None:
    assert parse_date(text, NEW_YORK) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "2026-02-31",
            "2026-13-01",
            "31 Feb 2026",
            "1 Foo 2026",
            "06/01/2026",
            "0000-00-00",
            "9999-12-31",
        ),
        *("2026-01-06T25:00:00Z", "2026-01-06T10:61Z", "2026-01-06T10:00+99:00", "Jan 6, 2026 13:00 pm"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_impossible_date_is_none(text: str) -> None:
    assert parse_date(text, NEW_YORK) is None


@settings(deadline=None)
@given(st.text() | st.from_regex(r"[0-9]{1,4}[-/ ][0-9]{1,2}[-/ ][0-9]{1,4}[T ][0-9:]{1,8}( [A-Z]{1,4}|[+-][0-9]{4})?"))
def test_any_text_is_a_utc_moment_or_none(text: str) -> None:
    moment = parse_date(text, NEW_YORK)
    assert moment is None or (moment.tzinfo is UTC and 1970 <= moment.year < 2100)
