"""An event for a reader's calendar, over a real socket, and in the form that RFC 5545 wants."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from http.client import HTTPResponse
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import EventRow
from digest.types import Event
from digest.web.calendar import calendar
from tests.web.conftest import NOW, House

EVENT = Event(
    9,
    "Bases, deterrence; and a backslash \\ in Seoul",
    "https://www.example.org/events/9?a=1;b=2,3",
    starts_at=datetime(2026, 1, 13, 12, tzinfo=timezone(timedelta(hours=-5))),
    first_seen_at=NOW,
    ends_at=datetime(2026, 1, 13, 18, 30, tzinfo=UTC),
    zone="America/New_York",
    place="Room 5\nMain building",
)


def ics(event: Event) -> bytes:
    return calendar(event, changed_at=NOW, domain="example.org", product="Example")


@pytest.fixture
def announced(house: House) -> str:
    """The path of an event that is announced."""
    with house.database.write() as session:
        row = EventRow(link="a", url=EVENT.url, title=EVENT.title, starts_at=EVENT.starts_at, zone=EVENT.zone)
        row.first_seen_at = row.updated_at = NOW
        session.add(row)
        session.flush()
        return f"/events/{row.id}.ics"


def test_a_calendar_takes_it_from_the_server(house: House, url: str, announced: str) -> None:
    rows = house.rows()
    with urlopen(url + announced, timeout=10) as answer:
        assert isinstance(answer, HTTPResponse)
        body, headers = answer.read(), answer.headers
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"] == f'inline; filename="event-{announced[8:]}"'
    assert re.search(rb"^UID:event-\d+@example\.org\r\n", body, re.MULTILINE)
    assert b"DTSTAMP:20260107T140000Z\r\nDTSTART:20260113T170000Z\r\nSUMMARY:" in body
    with urlopen(Request(url + announced, method="HEAD"), timeout=10) as head:
        assert (head.headers["Content-Type"], head.read()) == (headers["Content-Type"], b"")
    assert house.rows() == rows


@pytest.mark.parametrize("path", ["/events/4711.ics", "/events/1", "/events/x.ics", "/events/99999999999999999999.ics"])
def test_what_is_no_event_is_a_page_that_says_so(url: str, path: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(url + path, timeout=10)
    with refused.value as answer:
        assert (answer.code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "This link does not work" in answer.read().decode()


def test_a_withdrawn_event_is_gone(house: House, url: str, announced: str) -> None:
    with house.database.write() as session:
        session.query(EventRow).one().withdrawn_at = NOW
    with pytest.raises(HTTPError, match="404") as refused:
        urlopen(url + announced, timeout=10)
    refused.value.close()


def test_values_are_escaped_and_times_are_utc() -> None:
    lines = ics(EVENT).replace(b"\r\n ", b"").decode().split("\r\n")
    assert r"SUMMARY:Bases\, deterrence\; and a backslash \\ in Seoul" in lines
    assert r"LOCATION:Room 5\nMain building" in lines
    assert "URL:https://www.example.org/events/9?a=1;b=2,3" in lines
    assert lines[5:8] == ["DTSTAMP:20260107T140000Z", "DTSTART:20260113T170000Z", "DTEND:20260113T183000Z"]


def test_an_event_without_an_end_has_none() -> None:
    assert b"DTEND" not in ics(replace(EVENT, ends_at=None))
    assert b"DTEND" not in ics(replace(EVENT, ends_at=EVENT.starts_at))


@given(st.text(max_size=300), st.text(max_size=100))
def test_whatever_a_source_says_it_is_one_event_in_good_form(title: str, place: str) -> None:
    body = ics(replace(EVENT, title=title, place=place))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", body)
    assert max(map(len, body.split(b"\r\n"))) <= 75
    assert all(line.decode() for line in body.split(b"\r\n")[:-1])
    names = [line.partition(":")[0] for line in body.decode().replace("\r\n ", "").split("\r\n")]
    assert names.count("BEGIN") == names.count("END") == 2
    assert set(names) <= {
        "BEGIN", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "URL", "END", "",
    }  # fmt: skip
