"""Manners: turns at a host, robots.txt, Retry-After, addresses that have moved."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect import collect, open_fetch
from digest.collect.pace import Pace
from digest.collect.robots import Rules
from digest.errors import FetchError
from digest.sources.feed import FeedSource
from digest.types import DueSource, Page, SourceContext, Visit


def test_a_host_is_asked_once_a_second_and_others_meanwhile() -> None:
    pace = Pace(1.0)
    assert [pace.reserve("a", now) for now in (10.0, 10.0, 10.5, 20.0)] == [0.0, 1.0, 1.5, 0.0]
    assert pace.reserve("b", 20.0) == 0.0


def test_a_host_that_wants_more_distance_has_it() -> None:
    pace = Pace(1.0)
    assert [pace.reserve("a", 0.0, 5.0), pace.reserve("a", 0.0, 5.0), pace.reserve("a", 0.0)] == [0.0, 5.0, 10.0]


def get(*urls: str, robots: bool = True) -> list[Page]:
    async def run() -> list[Page]:
        async with open_fetch("", allow_private=True) as fetch:
            return [await fetch(url, robots=robots) for url in urls]

    return asyncio.run(run())


ROBOTS = b"User-agent: *\nDisallow: /\n\nUser-agent: expert-digest\nDisallow: /private/\nAllow: /private/open\n"


def test_pages_are_read_as_robots_txt_allows(site: Any, answer: Any) -> None:
    site.answers = {"/robots.txt": answer(ROBOTS), "/a": answer(b"a"), "/private/open": answer(b"open")}
    assert [page.body for page in get(site.url + "/a", site.url + "/private/open")] == [b"a", b"open"]
    assert [asked.path for asked in site.asked] == ["/robots.txt", "/a", "/private/open"]
    with pytest.raises(FetchError, match=r"robots\.txt asks programs not to read .*/private/x"):
        get(site.url + "/private/x")
    assert [page.body for page in get(site.url + "/private/open", robots=False)] == [b"open"]


@pytest.mark.parametrize("status", [404, 403, 410])
def test_without_robots_txt_everything_is_allowed(site: Any, answer: Any, status: int) -> None:
    site.answers = {"/robots.txt": answer(b"", status), "/a": answer(b"a")}
    assert get(site.url + "/a")[0].body == b"a"


def test_while_robots_txt_cannot_be_read_nothing_is_allowed(site: Any, answer: Any) -> None:
    site.answers = {"/robots.txt": answer(b"", 503), "/a": answer(b"a")}
    with pytest.raises(FetchError, match="nothing may be asked for there just now"):
        get(site.url + "/a")


@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00", b"<html>", b"Disallow", b"User-agent: *\nCrawl-delay: soon"])
def test_a_robots_txt_that_is_none_forbids_nothing(site: Any, answer: Any, text: bytes) -> None:
    site.answers = {"/robots.txt": answer(text), "/a": answer(b"a")}
    assert get(site.url + "/a")[0].body == b"a"


LINES = st.sampled_from(
    [b"User-agent: *", b"Disallow: /*a*a*a*b$", b"Allow: /%2", b"Crawl-delay: 1e9", b"Sitemap: x", b":"]
)


@given(st.lists(LINES | st.binary(max_size=40)), st.text(max_size=300))
def test_no_robots_txt_breaks_anything(lines: list[bytes], path: str) -> None:
    rules = Rules(b"\n".join(lines))
    assert rules.allow(f"https://www.example.org/{path}") in (True, False)
    assert 0 <= rules.delay <= 10


def test_a_pattern_full_of_wildcards_comes_to_an_end() -> None:
    rules = Rules(b"User-agent: *\nDisallow: /" + b"*a" * 40 + b"*b$\n")
    assert rules.allow("https://www.example.org/" + "a" * 2000)


def visit(url: str, context: SourceContext) -> Visit:
    async def run() -> Visit:
        async with open_fetch("", allow_private=True) as fetch:
            return (await collect([DueSource("site", FeedSource(FeedSource.Settings(url=url), context))], fetch))[0]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Wed, 07 Jan 2026 12:30:00 GMT", 1800),
        ("Wed, 07 Jan 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 30, 999_999_999),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(
    site: Any, answer: Any, context: SourceContext, header: str, seconds: int | None
) -> None:
    headers = {"Retry-After": header, "Date": "Wed, 07 Jan 2026 12:00:00 GMT"}
    site.answers["/a"] = answer(b"", 429, headers)
    seen = visit(site.url + "/a", context)
    assert (seen.status, seen.found) == (429, None)
    assert seen.retry_after == (None if seconds is None else timedelta(seconds=seconds))


FEED = b"<rss version='2.0'><channel><item><title>A</title><link>https://e.org/a</link></item></channel></rss>"


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [([301], "/1"), ([308, 301], "/2"), ([301, 302], "/1"), ([302, 301], ""), ([307], ""), ([], "")],
)
def test_where_an_address_has_moved_for_good(
    site: Any, answer: Any, context: SourceContext, statuses: list[int], moved_to: str
) -> None:
    for number, status in enumerate(statuses):
        site.answers[f"/{number}"] = answer(status=status, headers={"Location": f"/{number + 1}"})
    site.answers[f"/{len(statuses)}"] = answer(FEED)
    seen = visit(site.url + "/0", context)
    assert seen.moved_to == (site.url + moved_to if moved_to else "")
    assert seen.found
    assert len(seen.found.articles) == 1
