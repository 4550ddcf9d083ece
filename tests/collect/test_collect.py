"""One broken source never stops the others, and each says in words what is wrong."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from digest.collect import collect, open_fetch
from digest.sources.feed import FeedSource
from digest.types import DueSource, Fetch, Found, SourceContext, Validators, Visit

FEED = b"""<rss version="2.0"><channel><title>t</title><link>https://www.example.org/</link>
<item><title>One</title><link>https://www.example.org/one</link></item></channel></rss>"""


class Crashing:
    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        raise ZeroDivisionError("secret@example.org")


def feed(url: str, context: SourceContext, validators: Validators | None = None) -> DueSource:
    return DueSource(url, FeedSource(FeedSource.Settings(url=url), context), validators or Validators())


def visits(due: Sequence[DueSource], **options: Any) -> list[Visit]:
    async def run() -> list[Visit]:
        async with open_fetch("", allow_private=True) as fetch:
            return await collect(due, fetch, **options)

    return asyncio.run(run())


BAD = {
    "broken XML": (b"<rss version='2.0'><channel><title>x</tit", "broken XML"),
    "a web page": (b"<!DOCTYPE html><html><body>Welcome</body></html>", "names no feed"),
    "nothing": (b"", "empty"),
    "some text": (b"hello", "not a feed"),
    "some JSON": (b'{"items": []}', "not a JSON Feed"),
    "broken JSON": (b'{"items": [', "broken JSON"),
}


@pytest.mark.parametrize(("body", "words"), BAD.values(), ids=BAD.keys())
def test_bad_body_is_an_error_and_the_others_go_on(
    site: Any, answer: Any, context: SourceContext, body: bytes, words: str
) -> None:
    site.answers = {"/bad": answer(body), "/good": answer(FEED)}
    bad, good = visits([feed(site.url + "/bad", context), feed(site.url + "/good", context)])
    assert bad.found is None
    assert words in bad.error
    assert good.found is not None
    assert [article.title for article in good.found.articles] == ["One"]


def test_error_of_the_server_is_the_source_s(site: Any, context: SourceContext) -> None:
    (visit,) = visits([feed(site.url + "/gone", context)])
    assert visit == Visit(visit.name, None, f"the server says 404 Not Found for {site.url}/gone", status=404)


def test_empty_feed_is_fine(site: Any, answer: Any, context: SourceContext) -> None:
    site.answers["/a"] = answer(b"<rss version='2.0'><channel><title>quiet</title></channel></rss>")
    (visit,) = visits([feed(site.url + "/a", context)])
    assert visit.found == Found()


def test_unchanged_feed_keeps_its_validators(site: Any, answer: Any, context: SourceContext) -> None:
    def conditional(asked: Any) -> Any:
        return (
            answer(status=304) if asked.headers.get("if-none-match") == '"1"' else answer(FEED, headers={"ETag": '"1"'})
        )

    site.answers["/a"] = conditional
    (first,) = visits([feed(site.url + "/a", context)])
    assert first.found is not None
    (second,) = visits([feed(site.url + "/a", context, first.found.validators)])
    assert second.found == Found(validators=Validators('"1"'), unchanged=True)


def test_plug_in_that_crashes_is_its_own_error(
    site: Any, answer: Any, context: SourceContext, caplog: pytest.LogCaptureFixture
) -> None:
    site.answers["/a"] = answer(FEED)
    with caplog.at_level(logging.ERROR):
        crashed, good = visits([DueSource("mine", Crashing()), feed(site.url + "/a", context)])
    assert "ZeroDivisionError" in crashed.error
    assert "secret@example.org" not in crashed.error
    assert good.found is not None
    assert "source mine failed" in caplog.text


def test_each_visit_is_reported_as_it_ends(site: Any, answer: Any, context: SourceContext) -> None:
    site.answers["/a"] = answer(FEED)
    heard: list[Visit] = []
    due = [feed(site.url + "/a", context), feed(site.url + "/gone", context)]
    result = visits(due, report=heard.append)
    assert [visit.name for visit in result] == [source.name for source in due]
    assert sorted(heard, key=str) == sorted(result, key=str)


def test_failure_of_the_listener_is_not_taken_for_the_source_s(context: SourceContext, site: Any) -> None:
    def full(visit: Visit) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        visits([feed(site.url + "/gone", context)], report=full)
