"""A folder of Markdown files, and the week that comes with the program."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from digest.errors import SourceError
from digest.sources.folder import FolderSource
from digest.types import Found, FoundArticle, Kind, Page, Person, SourceContext, Validators

ARTICLE = """---
title: "War: a <b>plain</b> title"
url: https://e.org/a
date: 2026-01-06
kind: In the media
by: Bo Chen
featuring: [Ann Lee]
outlet: Lowy Institute
outlet_url: https://lowy.example/
categories: [Asia, NATO]
---
# Heading

Some *marked* text.
"""
EVENT = """---
title: Talk
url: https://e.org/talk
kind: event
starts: 2026-02-01 18:30
ends: 2026-02-01 20:00
zone: Europe/Berlin
mode: virtual
place: Online
---
"""


async def no_network(url: str, **_: Any) -> Page:
    raise AssertionError(url)


def collect(path: Path | str, validators: Validators | None = None) -> Found:
    context = SourceContext(ZoneInfo("America/New_York"), Path("/nowhere"))
    source = FolderSource(FolderSource.Settings(path=str(path)), context)
    return asyncio.run(source.collect(no_network, validators or Validators()))


def problem(folder: Path, text: str | bytes) -> str:
    (folder / "bad.md").write_bytes(text.encode() if isinstance(text, str) else text)
    (folder / "good.md").write_text(ARTICLE)
    found = collect(folder)
    assert (len(found.articles), len(found.problems)) == (1, 1)
    return found.problems[0]


def test_article(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.md").write_text(ARTICLE)
    assert collect(tmp_path).articles == (
        FoundArticle(
            key="https://e.org/a",
            title="War: a <b>plain</b> title",
            url="https://e.org/a",
            published_at=datetime(2026, 1, 6, 17, tzinfo=UTC),
            kind=Kind.IN_THE_MEDIA,
            outlet="Lowy Institute",
            outlet_url="https://lowy.example/",
            people=(Person("Bo Chen"), Person("Ann Lee", "featuring")),
            excerpt="Heading Some marked text.",
            categories=("Asia", "NATO"),
        ),
    )


def test_event(tmp_path: Path) -> None:
    (tmp_path / "e.md").write_text(EVENT)
    (event,) = collect(tmp_path).events
    assert (event.title, event.mode, event.place, event.zone) == ("Talk", "virtual", "Online", "Europe/Berlin")
    assert (event.starts_at, event.ends_at) == (
        datetime(2026, 2, 1, 17, 30, tzinfo=UTC),
        datetime(2026, 2, 1, 19, 0, tzinfo=UTC),
    )


def test_unchanged_until_a_file_changes(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ARTICLE)
    first = collect(tmp_path)
    assert collect(tmp_path, first.validators) == Found(validators=first.validators, unchanged=True)
    (tmp_path / "a.md").write_text(EVENT)
    assert len(collect(tmp_path, first.validators).events) == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title:", "titel:", "title: is missing"),
        ("by:", "author:", "author: is no key we know"),
        ("https://e.org/a", "javascript:x", "url: must be an address that starts with https:// or http://"),
        ("2026-01-06", "2026-02-31", "date: '2026-02-31' is no date"),
        ("In the media", "Poem", "kind: 'Poem' is none of article, op-ed"),
        ("[Asia, NATO]", "[Asia, [NATO]]", "categories.1: Input should be a valid string"),
        ("[Asia, NATO]", "[Asia", "its front matter is no YAML, line 10"),
        ("---\n", "", "has no front matter"),
    ],
)
def test_bad_file_is_a_named_problem_and_the_rest_goes_on(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert problem(tmp_path, ARTICLE.replace(old, new)).startswith(f"bad.md: {words}")


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "/etc/passwd", "x" * 5000])
def test_event_in_no_time_zone(tmp_path: Path, zone: str) -> None:
    assert "is no time zone" in problem(tmp_path, EVENT.replace("Europe/Berlin", zone))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"---\n- a\n---\n", b"---\n{a: [\n---\n", b"---\na: *b\n---\n"])
def test_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    assert problem(tmp_path, content).startswith("bad.md: ")


def test_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no folder .*; make it, or correct `path`"):
        collect(tmp_path / "gone")


def test_sample_is_the_real_week() -> None:
    sample = collect("sample:")
    week = [article for article in sample.articles if article.published_at and article.published_at.year > 2023]
    assert sample.problems == ()
    assert (len(week), len(sample.articles), len(sample.events)) == (6, 7, 3)
    assert {article.kind for article in week} == {Kind.OP_ED, Kind.IN_THE_MEDIA, Kind.PRESS_RELEASE}
    assert all(article.excerpt and article.people for article in sample.articles)
    assert {event.mode for event in sample.events} == {"virtual"}
