"""Calendars: recurrences, time zones, cancellations, and the broken ones of the world."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.sources import _ical
from digest.sources.calendar import CalendarSource
from digest.types import Found, FoundEvent, Page, SourceContext, Validators

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
URL = "https://www.example.org/events.ics"


def ics(*events: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{body}END:VCALENDAR\r\n".replace("\r", "")
        .replace("\n", "\r\n")
        .encode()
    )


def read(*events: str, head: str = "") -> tuple[FoundEvent, ...]:
    found = _ical.read(Page(URL, 200, {}, ics(*events, head=head)), NEW_YORK, NOW)
    assert found.problems == ()
    return found.events


ZONE = b"BEGIN:VTIMEZONE\r\nTZID:x\r\nBEGIN:STANDARD\r\nTZOFFSETTO:9\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
TALK = """UID:1
SUMMARY:Talk\\, and more
DTSTART;TZID=Europe/Berlin:20260201T183000
DTEND;TZID=Europe/Berlin:20260201T200000
LOCATION:Main Hall\\, Berlin
URL:https://www.example.org/talk?utm_source=x
DESCRIPTION:First line.\\nSecond line.
CATEGORIES:Asia,NATO"""


def test_an_event() -> None:
    (event,) = read(TALK)
    assert (event.title, event.url, event.place) == (
        "Talk, and more",
        "https://www.example.org/talk",
        "Main Hall, Berlin",
    )
    assert (str(event.starts_at), str(event.ends_at)) == ("2026-02-01 17:30:00+00:00", "2026-02-01 19:00:00+00:00")
    assert (event.zone, event.mode, event.categories) == ("Europe/Berlin", "in person", ("Asia", "NATO"))
    assert event.excerpt == "First line. Second line."


@pytest.mark.parametrize(
    ("start", "zone", "utc"),
    [
        ("DTSTART:20260201T183000Z", "", "2026-02-01 18:30:00+00:00"),
        ("DTSTART:20260201T183000", "", "2026-02-01 23:30:00+00:00"),  # that of the site
        ("DTSTART:20260201T183000", "X-WR-TIMEZONE:Europe/Berlin\r\n", "2026-02-01 17:30:00+00:00"),
        ("DTSTART;TZID=Mars/Base:20260201T183000", "", "2026-02-01 23:30:00+00:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20260201T183000", "", "2026-02-01 17:30:00+00:00"),
        ("DTSTART;VALUE=DATE:20260201", "", "2026-02-01 17:00:00+00:00"),  # noon
    ],
)
def test_moments(start: str, zone: str, utc: str) -> None:
    (event,) = read(f"UID:1\nSUMMARY:x\n{start}", head=zone)
    assert str(event.starts_at) == utc


@pytest.mark.parametrize(
    ("place", "title", "mode"),
    [
        ("https://zoom.example/1", "Talk", "virtual"),
        ("Online", "Talk", "virtual"),
        ("", "Webinar: Asia", "virtual"),
        ("Main Hall", "Talk", "in person"),
        ("Main Hall and online (hybrid)", "Talk", "hybrid"),
        ("", "Talk", ""),
    ],
)
def test_modes(place: str, title: str, mode: str) -> None:
    (event,) = read(f"UID:1\nSUMMARY:{title}\nDTSTART:20260201T183000Z\nLOCATION:{place}")
    assert event.mode == mode


def test_a_series_is_single_dates_without_those_left_out_and_with_those_moved() -> None:
    series = """UID:1
SUMMARY:Weekly
DTSTART;TZID=America/New_York:20251203T180000
RRULE:FREQ=WEEKLY;COUNT=10
EXDATE;TZID=America/New_York:20260114T180000
URL:https://www.example.org/weekly"""
    moved = """UID:1
SUMMARY:Weekly, moved
RECURRENCE-ID;TZID=America/New_York:20260121T180000
DTSTART;TZID=America/New_York:20260122T190000"""
    off = """UID:1
SUMMARY:Weekly
STATUS:CANCELLED
RECURRENCE-ID;TZID=America/New_York:20260128T180000
DTSTART;TZID=America/New_York:20260128T180000"""
    events = read(series, moved, off)
    assert [f"{event.starts_at:%m-%d %H}" for event in events] == ["01-07 23", "01-23 00", "02-04 23"]
    assert len({event.url for event in events}) == len({event.key for event in events}) == 3


def test_a_cancelled_event_is_none() -> None:
    assert read(TALK + "\nSTATUS:CANCELLED") == ()


def test_what_has_no_title_or_uid_comes_through() -> None:
    first, second = read("DTSTART:20260201T183000Z", "DTSTART:20260202T183000Z\nDESCRIPTION:Some words")
    assert (first.title, second.title) == ("Event", "Some words")
    assert first.url.startswith(f"{URL}#item-")


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=" + "1," * 40 + "1"]
)
def test_what_repeats_all_day_is_refused(rule: str) -> None:
    body = ics(f"UID:1\nSUMMARY:x\nDTSTART:20200101T000000Z\nRRULE:{rule}", TALK.replace("UID:1", "UID:2"))
    found = _ical.read(Page(URL, 200, {}, body), NEW_YORK, NOW)
    assert [event.title for event in found.events] == ["Talk, and more"]
    assert found.problems == ("event 1 repeats every hour or more often and was passed over",)


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY", "FREQ=NEVER", "FREQ=WEEKLY;INTERVAL=0", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]
)
def test_a_rule_that_cannot_be_walked_leaves_the_first_date(rule: str) -> None:
    (event,) = read(f"UID:1\nSUMMARY:x\nDTSTART:16010101T000000Z\nRRULE:{rule}")
    assert event.starts_at.year == 1601


def test_time_spent_on_rules_is_bounded() -> None:
    rules = [f"UID:{number}\nSUMMARY:x\nDTSTART:20250101T000000Z\nRRULE:FREQ=DAILY" for number in range(3)]
    assert len(_ical.read(Page(URL, 200, {}, ics(*rules)), NEW_YORK, NOW, seconds=-1).events) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"END:VEVENT\r\nEND:VCALENDAR\r\n", b""),
        (b"BEGIN:VEVENT", b"rubbish\r\nBEGIN:VEVENT"),
        (b"END:VCALENDAR", b"END:VCALENDARD"),
        (b"BEGIN:VEVENT", ZONE + b"BEGIN:VEVENT"),
        (b"\r\n", b"\n"),
    ],
)  # fmt: skip
def test_a_broken_calendar_gives_what_it_holds(old: bytes, new: bytes) -> None:
    found = _ical.read(Page(URL, 200, {}, ics(TALK).replace(old, new)), NEW_YORK, NOW)
    assert [event.title for event in found.events] == ["Talk, and more"]


def test_an_event_without_a_start_is_named() -> None:
    found = _ical.read(Page(URL, 200, {}, ics("UID:1\nSUMMARY:x", TALK)), NEW_YORK, NOW)
    assert len(found.events) == 1
    assert found.problems == ("event 1 has no start that can be read and was passed over",)


# ── as a source ─────────────────────────────────────────────────────────────────────────────────────────────────────


def collect(pages: dict[str, Page], validators: Validators | None = None, now: datetime = NOW) -> Found:
    async def fetch(url: str, *, validators: Validators | None = None, **_: Any) -> Page:
        page = pages[url]
        is_known = validators is not None and validators.etag == page.headers.get("etag") != ""
        return Page(url, 304, {}, b"") if is_known else page

    source = CalendarSource(CalendarSource.Settings(url=URL), SourceContext(NEW_YORK, Path("/"), lambda: now))
    return asyncio.run(source.collect(fetch, validators or Validators()))


def test_unchanged_for_the_day_and_read_again_the_next() -> None:
    pages = {URL: Page(URL, 200, {"etag": '"1"'}, ics("UID:1\nSUMMARY:x\nDTSTART:20260101T100000Z\nRRULE:FREQ=DAILY"))}
    first = collect(pages)
    assert collect(pages, first.validators).unchanged
    later = collect(pages, first.validators, datetime(2026, 1, 8, 14, tzinfo=UTC))
    assert {event.key for event in later.events} - {event.key for event in first.events}


def test_what_a_calendar_holds_is_all_there_is() -> None:
    result = collect({URL: Page(URL, 200, {}, ics(TALK))})
    assert result.present == frozenset(event.key for event in result.events)


def test_the_events_calendar_of_wordpress() -> None:
    record = {
        "id": 5, "title": "Talk &#8211; 1", "url": "https://www.example.org/event/talk/", "timezone": "Europe/Berlin",
        "start_date": "2026-02-01 18:30:00", "utc_start_date": "2026-02-01 17:30:00",
        "utc_end_date": "2026-02-01 19:00:00", "description": "<p>Words.</p>",
        "venue": {"venue": "Main Hall", "city": "Berlin"},
        "categories": [{"name": "Asia"}], "tags": [],
    }  # fmt: skip
    address = "https://www.example.org/wp-json/tribe/events/v1/events"
    following = f"{address}?page=2"
    pages = {
        URL: Page(address, 200, {}, json.dumps({"events": [record], "next_rest_url": following}).encode()),
        following: Page(following, 200, {}, json.dumps({"events": [{"id": 6}, 7]}).encode()),
    }  # fmt: skip
    result = collect(pages)
    (event,) = result.events
    assert (event.title, event.place, event.mode, event.zone) == (
        "Talk – 1",
        "Main Hall, Berlin",
        "in person",
        "Europe/Berlin",
    )
    assert (str(event.starts_at), event.categories, event.excerpt) == ("2026-02-01 17:30:00+00:00", ("Asia",), "Words.")
    assert len(result.problems) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"BEGIN:VCARD"])
def test_what_is_no_calendar(body: bytes) -> None:
    with pytest.raises(SourceError, match="no calendar"):
        collect({URL: Page(URL, 200, {}, body)})


LINES = st.sampled_from([
    "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR", "UID:1", "SUMMARY:x", "URL:javascript:x",
    "DTSTART:20260201T183000Z", "DTSTART;VALUE=DATE:20260201", "DTSTART;TZID=x:20260201T183000", "RRULE:FREQ=",
    "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:x", "RECURRENCE-ID:20260201T183000Z", "DTEND:19000101T000000", "DURATION:PT1H",
    "RDATE:20260203T000000Z", "CATEGORIES:a,b", "STATUS:CANCELLED", "BEGIN:VALARM", "X-WR-TIMEZONE:../x", " folded",
    "DTSTART:00010101T000000",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES | st.text(max_size=20), max_size=25))
def test_any_lines_are_events_or_an_error_in_words(lines: list[str]) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode()
    try:
        found = _ical.read(Page(URL, 200, {}, body), NEW_YORK, NOW)
    except SourceError:
        return
    assert all(event.title and event.url.startswith("http") and event.starts_at.tzinfo for event in found.events)
