"""Feeds and calendars that others have collected for being odd: no exception, and nothing lost without a word.

They are the source distributions of feedparser and icalendar, which `.ci/run` unpacks into .cache/corpora.
"""

import io
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import pytest

from digest.errors import SourceError
from digest.sources import _ical
from digest.sources.feed import read
from digest.types import Page

CORPORA = Path(__file__).parents[2] / ".cache/corpora"
FEEDS = sorted(CORPORA.glob("feedparser-*/tests/**/*.xml"))
CALENDARS = sorted(CORPORA.glob("icalendar-*/**/*.ics"))
NEW_YORK = ZoneInfo("America/New_York")
_HEADER = re.compile(rb"Header:\s*Content-type:\s*(.+)")
_NOTHING = ("title", "link", "id", "summary", "content", "enclosures")


def _entries(body: bytes, headers: dict[str, str]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entries: list[Any] = feedparser.parse(io.BytesIO(body), response_headers=headers).entries
    return [entry for entry in entries if any(dict.get(entry, name) for name in _NOTHING)]


@pytest.mark.skipif(not FEEDS, reason=f"no feeds of feedparser in {CORPORA}; .ci/run gets them")
def test_no_feed_raises_and_no_entry_with_anything_in_it_is_lost() -> None:
    lost, unread = [], []
    for file in FEEDS:
        body = file.read_bytes()
        said = _HEADER.search(body)
        headers = {"content-type": said[1].decode("latin-1").strip()} if said else {}
        entries = _entries(body, headers)
        try:
            found = read(Page("https://www.example.org/feed", 200, headers, body), NEW_YORK)
        except SourceError:
            unread += [file.name] if entries else []
            continue
        if len(found.articles) < len(entries):
            lost.append(file.name)
    # Its one entry holds nothing but an empty element.
    assert (lost, unread) == (["entry_content_xml_lang_blank_3.xml"], [])


@pytest.mark.skipif(not CALENDARS, reason=f"no calendars of icalendar in {CORPORA}; .ci/run gets them")
def test_no_calendar_raises_and_each_event_comes_through_or_is_named() -> None:
    lost, unread = [], []
    for file in CALENDARS:
        body = file.read_bytes()
        try:
            found = _ical.read(Page("https://www.example.org/c.ics", 200, {}, body), NEW_YORK, datetime.now(UTC))
        except SourceError:
            unread.append(file.name)
            continue
        begun = len(re.findall(rb"^BEGIN:VEVENT", body, re.MULTILINE | re.IGNORECASE))
        told = len(found.events) + len(found.problems)
        starts = len(re.findall(rb"^DTSTART", body, re.MULTILINE | re.IGNORECASE))
        if told < begun or (starts == 0 and found.events):
            lost.append(file.name)
        reasons = {re.sub(r"event \d+ ", "", problem) for problem in found.problems}
        assert reasons <= {"has no start that can be read and was passed over"}, file.name
    # A changed date of a series that is long over is told with the series.
    assert lost == ["rfc_7265_appendix_example_2_ical.ics"]
    assert unread == ["fuzz_testcase_invalid_month.ics", "fuzz_testcase_vtimezone_lone_cr.ics"]
