"""Every entry comes through, whatever it lacks, is told apart from the others, and is known again the next time."""

import json
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from digest.sources.feed import read
from digest.types import Found, Page

PARTS = ("id", "title", "link", "date", "text")
ENTRIES = [dict(zip(PARTS, has, strict=True)) for has in product([True, False], repeat=5) if any(has[:3]) or has[4]]


def value(part: str, number: int) -> str:
    if part == "date":
        return f"2026-01-{number % 28 + 1:02}T10:00:00Z"
    return {"id": "urn:x:{}", "title": "Title {}", "link": "https://e.org/{}", "text": "Some words {}."}[part].format(
        number
    )


def xml(names: dict[str, str], item: str) -> str:
    items = []
    for number, entry in enumerate(ENTRIES):
        inside = "".join(names[part].format(value(part, number)) for part in PARTS if entry[part])
        items.append(f"<{item}>{inside}</{item}>")
    return "".join(items)


RSS_NAMES = {
    "id": "<guid isPermaLink='false'>{}</guid>",
    "title": "<title>{}</title>",
    "link": "<link>{}</link>",
    "date": "<pubDate>{}</pubDate>",
    "text": "<description>{}</description>",
}
ATOM_NAMES = {
    "id": "<id>{}</id>",
    "title": "<title>{}</title>",
    "link": "<link href='{}'/>",
    "date": "<updated>{}</updated>",
    "text": "<summary>{}</summary>",
}
JSON_NAMES = {"id": "id", "title": "title", "link": "url", "date": "date_published", "text": "content_text"}
FEEDS = {
    "rss": f"<rss version='2.0'><channel><title>t</title>{xml(RSS_NAMES, 'item')}</channel></rss>",
    "atom": f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{xml(ATOM_NAMES, 'entry')}</feed>",
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {JSON_NAMES[part]: value(part, number) for part in PARTS if entry[part]}
                for number, entry in enumerate(ENTRIES)
            ],
        }
    ),
}


def found(body: str) -> Found:
    return read(Page("https://www.example.org/feed", 200, {}, body.encode()), ZoneInfo("UTC"))


@pytest.mark.parametrize("kind", FEEDS)
def test_no_entry_is_lost_for_what_it_lacks(kind: str) -> None:
    first, again = found(FEEDS[kind]), found(FEEDS[kind])
    assert first.problems == ()
    assert len({article.key for article in first.articles}) == len(ENTRIES)
    assert len({article.url for article in first.articles}) == len(ENTRIES)
    assert all(article.title for article in first.articles)
    assert [article.key for article in first.articles] == [article.key for article in again.articles]


@pytest.mark.parametrize("kind", FEEDS)
def test_the_id_is_the_key_else_the_link(kind: str) -> None:
    for entry, article in zip(ENTRIES, found(FEEDS[kind]).articles, strict=True):
        number = ENTRIES.index(entry)
        if entry["id"]:
            assert article.key == value("id", number)
        elif entry["link"]:
            assert article.key == value("link", number)
