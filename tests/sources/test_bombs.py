"""Feeds made to hurt: nested without end, entities that grow, files and addresses of ours as entities."""

from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.errors import SourceError
from digest.sources.feed import read
from digest.types import Found, Page

MANY = 100_000


def rss(inside: bytes, before: bytes = b"") -> bytes:
    head = b"<?xml version='1.0'?>" + before + b"<rss version='2.0'><channel><title>t</title>"
    return head + b"<item><title>One</title><link>https://e.org/1</link>" + inside + b"</item></channel></rss>"


def found(body: bytes) -> Found:
    return read(Page("https://www.example.org/feed", 200, {}, body), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    "inside",
    [b"<a>" * MANY + b"</a>" * MANY, b"<a>" * MANY, b"<content:encoded>" + b"<div>" * MANY, b"<a xmlns='x'>" * MANY],
)
def test_what_is_nested_without_end_is_refused_before_feedparser_spends_seconds_on_it(inside: bytes) -> None:
    with pytest.raises(SourceError, match="nested deeper than any feed"):
        found(rss(inside))


def test_html_in_an_item_may_be_nested_as_it_likes() -> None:
    (article,) = found(rss(b"<description>" + b"&lt;b&gt;" * 20_000 + b"Text</description>")).articles
    assert article.title == "One"


def test_entities_do_not_grow() -> None:
    names = "abcdefghij"
    lines = [f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in pairwise(names)]
    doctype = f'<!DOCTYPE rss [<!ENTITY a "lol">{"".join(lines)}]>'
    (article,) = found(rss(b"<description>&j;</description>", doctype.encode())).articles
    assert len(article.excerpt) < 400


@pytest.mark.parametrize("kind", ["SYSTEM", 'PUBLIC "x"'])
def test_entities_lead_to_no_file(kind: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    dtd, secret = ((tmp_path / name).as_uri() for name in ("x.dtd", "secret"))
    doctype = f'<!DOCTYPE rss {kind} "{dtd}" [<!ENTITY x {kind} "{secret}">]>'
    (article,) = found(rss(b"<description>It is &x;</description>", doctype.encode())).articles
    assert "hush" not in repr(article)
