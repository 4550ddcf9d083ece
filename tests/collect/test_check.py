"""What an address or a file is, and what it would give."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from digest.collect import Check, check
from digest.errors import FetchError, SourceError
from digest.types import SourceContext

RSS = b"<rss version='2.0'><channel><title>t</title><item><title>A</title><link>https://e.org/a</link></item></channel></rss>"
JSON_FEED = json.dumps(
    {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "https://e.org/a", "title": "A"}]}
).encode()
POSTS = json.dumps(
    [{"id": 1, "link": "https://e.org/a", "title": {"rendered": "A"}, "_links": "/wp/v2/posts/1"}]
).encode()
HOME = b"<html><head><link rel='https://api.w.org/' href='https://e.org/wp-json/'></head></html>"


def checked(location: str, context: SourceContext) -> Check:
    result = asyncio.run(check(location, context, allow_private=True))
    assert [article.title for article in result.found.articles] == ["A"]
    return result


@pytest.mark.parametrize("body", [RSS, JSON_FEED])
def test_feed(site: Any, answer: Any, context: SourceContext, body: bytes) -> None:
    site.answers["/feed"] = answer(body)
    assert checked(site.url + "/feed", context).kind == "feed"


def test_feed_of_a_wordpress_site_is_a_feed(site: Any, answer: Any, context: SourceContext) -> None:
    site.answers["/feed/"] = answer(RSS, headers={"Link": '<https://e.org/wp-json/>; rel="https://api.w.org/"'})
    assert checked(site.url + "/feed/", context).kind == "feed"


@pytest.mark.parametrize("home", [HOME, b"<html>a theme that hides it</html>", None])
def test_wordpress_site(site: Any, answer: Any, context: SourceContext, home: bytes | None) -> None:
    site.answers = {"/wp-json/wp/v2/posts": answer(POSTS), "/": answer(home or b"", 200 if home else 404)}
    assert checked(site.url, context).kind == "wordpress"


def test_wordpress_by_its_interface(site: Any, answer: Any, context: SourceContext) -> None:
    site.answers = {
        "/wp-json/wp/v2/posts": answer(POSTS),
        "/wp-json/": answer(b'{"name": "A site", "namespaces": ["oembed\\/1.0", "wp\\/v2"]}'),
    }
    assert checked(site.url + "/wp-json/", context).kind == "wordpress"


def test_file_by_path_and_by_url(tmp_path: Path, context: SourceContext) -> None:
    file = tmp_path / "a feed.xml"
    file.write_bytes(RSS)
    assert checked(str(file), context).found == checked(file.as_uri(), context).found


def test_folder(tmp_path: Path, context: SourceContext) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\nurl: https://e.org/a\n---\n")
    assert checked(str(tmp_path), context).kind == checked(tmp_path.as_uri(), context).kind == "folder"


def test_of_a_web_page_that_names_its_feed_the_feed_is_looked_at(
    site: Any, answer: Any, context: SourceContext
) -> None:
    named = b"<link rel=Alternate type=application/rss+xml href=%s>"
    page = b"<html>" + named % b"/gone" + named % b"rss" + b"</html>"
    site.answers = {"/": answer(page), "/rss": answer(RSS)}
    found = checked(site.url + "/", context)
    assert (found.kind, found.location) == ("feed", site.url + "/rss")


def test_a_web_page_that_is_nothing_better_leads_to_articles(site: Any, answer: Any, context: SourceContext) -> None:
    listing = b"<html><h2><a href=/1>A</a></h2></html>"
    site.answers = {"/news/": answer(listing), "/1": answer(b"<html><h1>A</h1></html>")}
    found = checked(site.url + "/news/", context)
    assert (found.kind, found.location) == ("page", site.url + "/news/")


def test_an_address_that_moved_for_good_is_named_as_it_is_now(site: Any, answer: Any, context: SourceContext) -> None:
    site.answers = {"/old": answer(status=301, headers={"Location": "/new"}), "/new": answer(RSS)}
    assert checked(site.url + "/old", context).location == site.url + "/new"


def test_a_private_address_is_not_looked_at_unasked(site: Any, context: SourceContext) -> None:
    with pytest.raises(FetchError, match="no address of the public internet"):
        asyncio.run(check(site.url, context))
    assert site.asked == []


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b"", "nothing"),
        (b"hi", "neither a feed nor a web page"),
        (b"{}", "JSON that is no"),
        (b"<a/>", "XML that is no"),
        (b"<html>hi</html>", "a web page without a feed"),
    ],
)
def test_unknown_file_says_what_was_seen(tmp_path: Path, context: SourceContext, body: bytes, seen: str) -> None:
    (tmp_path / "x").write_bytes(body)
    with pytest.raises(SourceError, match=f"holds {seen}.*; what is understood: "):
        asyncio.run(check(str(tmp_path / "x"), context))


def test_missing_page_says_so(site: Any, context: SourceContext) -> None:
    with pytest.raises(SourceError, match="gives the error 404; what is understood"):
        asyncio.run(check(site.url + "/gone", context, allow_private=True))


def test_missing_file_says_so(tmp_path: Path, context: SourceContext) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        asyncio.run(check(str(tmp_path / "gone"), context))


def test_file_that_only_looks_like_a_site(tmp_path: Path, context: SourceContext) -> None:
    (tmp_path / "home.html").write_bytes(HOME)
    with pytest.raises(FetchError, match="a file alone is not enough"):
        asyncio.run(check(str(tmp_path / "home.html"), context))
