"""Web pages and posts that are out to hurt: what is let in of them is plain, or they are refused in words."""

import contextlib
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.sources import links
from digest.sources._listing import MOST_LINKS, entries
from digest.sources._page import NotAnArticleError, parse_page, read_page
from digest.sources._posts import Lookup, PassedOverError, to_found
from digest.sources._text import plain
from digest.types import FoundArticle, FoundEvent, Page

ZONE = ZoneInfo("America/New_York")
URL = "https://www.example.org/a"


def read(body: bytes) -> list[FoundArticle | FoundEvent]:
    try:
        return read_page(Page(URL, 200, {"content-type": "text/html"}, body), ZONE, URL)
    except NotAnArticleError:
        return []


def is_let_in(item: FoundArticle | FoundEvent) -> bool:
    """Whether it is plain text with links that lead to the web."""
    texts = [item.title, item.excerpt, *item.categories]
    urls = [item.url]
    if isinstance(item, FoundArticle):
        texts += [item.outlet, *item.tags, *(person.name for person in item.people)]
        urls += [url for url in (item.outlet_url, item.image_url) if url]
    return all(text == plain(text, 1000) for text in texts) and all(links.absolute(url) == url for url in urls)


PIECES = st.sampled_from([
    "<html>", "<head>", "<title>", "</title>", "<h1>", "</h1>", "<p>", "</p>", "<article>", "<main>", "<a href='",
    "'>", "<a rel=tag href=x>", "</a>", "<time datetime='2026-01-06'>", "<meta property='og:title' content='",
    "<meta charset=x>", "<link rel=canonical href='", "javascript:alert(1)", "data:text/html,x", "By Ann Lee",
    "Featuring ", "Read at Lowy", "<div itemscope itemtype='https://schema.org/Event'>", "<b itemprop='name'>",
    "<i itemprop=startDate content=2026-02-01>", "<script type='application/ld+json'>", "</script>", '"A"', "[", "]",
    '{"@type": "NewsArticle", "headline": ', "{", "}", "\u202e", "\0", "&#0;", "&lt;script&gt;", "<script>", "<style>",
    '{"@type": "Event", "name": "A", "startDate": "2026-02-01", "location": 7}',
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=12), max_size=25).map("".join))
def test_any_page_is_plain_or_refused(markup: str) -> None:
    assert all(map(is_let_in, read(markup.encode("utf-8", "surrogatepass"))))


@given(st.binary(max_size=200))
def test_any_bytes_are_plain_or_refused(body: bytes) -> None:
    assert all(map(is_let_in, read(body)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
MEMBERS = (
    "headline",
    "name",
    "author",
    "datePublished",
    "startDate",
    "image",
    "keywords",
    "location",
    "url",
    "@id",
    "@graph",
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["NewsArticle", "Event", "ItemList"]), st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_structured_data_of_any_shape(kind: str, members: dict[str, Any]) -> None:
    script = json.dumps({"@type": kind, "itemListElement": [members], **members}).replace("</", "<\\/")
    body = f"<html><script type='application/ld+json'>{script}</script><h1>A</h1></html>".encode()
    assert all(map(is_let_in, read(body)))
    found = entries(parse_page(Page(URL, 200, {}, body)), URL)
    assert all(entry.url.startswith("https://www.example.org/") for entry in found)


POST = (
    "title",
    "content",
    "excerpt",
    "link",
    "date_gmt",
    "author",
    "authors",
    "categories",
    "tags",
    "yoast_head_json",
    "lang",
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(POST), JSON | st.fixed_dictionaries({"rendered": JSON})))
def test_posts_of_any_shape(members: dict[str, Any]) -> None:
    post = {"id": 1, "link": URL, "title": {"rendered": "A"}} | members
    with contextlib.suppress(PassedOverError):
        assert is_let_in(to_found(post, URL, ZONE, Lookup({"tags": {1: "x"}}, {1: "Ann Lee"}, {})))


@pytest.mark.parametrize("tag", ["b", "div", "p", "article", "span itemscope itemtype=x itemprop=y"])
def test_deep_nesting_costs_nothing(tag: str) -> None:
    body = b"<html><h1>A</h1>" + f"<{tag}>".encode() * 100_000 + b"x"
    assert [item.title for item in read(body)] == ["A"]


def test_nothing_of_a_source_s_html_is_let_in() -> None:
    body = b"""<html><h1>A<img src=x onerror=alert(1)><script>evil()</script></h1><p>By Ann Lee</p>
        <p>Words that are long enough to be an excerpt <img src=https://t.example/pixel.gif width=1> of it.</p>"""
    (item,) = read(body)
    assert item.title == "A"
    assert item.excerpt == "Words that are long enough to be an excerpt of it."


def test_a_listing_leads_to_so_many_pages_of_its_own_site() -> None:
    rows = "".join(f"<h2><a href='/{n}'>x</a></h2><h2><a href='https://evil.example/{n}'>x</a></h2>" for n in range(99))
    found = entries(parse_page(Page(URL, 200, {}, f"<html>{rows}</html>".encode())), URL)
    assert len(found) == MOST_LINKS
    assert {entry.url.partition("//")[2].partition("/")[0] for entry in found} == {"www.example.org"}
