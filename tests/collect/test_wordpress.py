"""WordPress over real sockets: a small site of our own, and captured answers of real ones where they are at hand."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.collect import collect, open_fetch
from digest.sources.wordpress import WordPressSource
from digest.types import DueSource, Found, Kind, Person, SourceContext, Visit

API = "/wp-json/wp/v2/"
CORPUS = Path(os.environ.get("DIGEST_CORPORA", Path(__file__).parents[2] / "../shared/corpora")) / "wordpress"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")


def visit(site: Any, context: SourceContext) -> Visit:
    async def run() -> Visit:
        source = WordPressSource(WordPressSource.Settings(url=site.url), context)
        async with open_fetch("") as fetch:
            return (await collect([DueSource("site", source)], fetch))[0]

    return asyncio.run(run())


def found(site: Any, context: SourceContext) -> Found:
    found = visit(site, context).found
    assert found is not None
    return found


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date": "2026-01-06T10:00:00",
        "date_gmt": "2026-01-06T15:00:00",
        "link": f"https://www.example.org/{number}/",
        "title": {"rendered": f"R&amp;D &#8220;{number}&#8221;"},
        "content": {"rendered": "<p>Text.</p>", "protected": False},
        "excerpt": {"rendered": "<p>Short.</p>\n", "protected": False},
        "author": 2,
        "categories": [3],
        "tags": [4],
    } | more


def serve(site: Any, answer: Any, posts: list[dict[str, Any]], **resources: Any) -> None:
    """A WordPress of two posts a page that counts its pages and answers 400 past the end."""

    def page_of_posts(asked: Any) -> Any:
        number = int(parse_qs(urlsplit(asked.path).query).get("page", ["1"])[0])
        if number > max(1, -(-len(posts) // 2)):
            return answer(b'{"code":"rest_post_invalid_page_number"}', 400)
        return answer(json.dumps(posts[2 * number - 2 : 2 * number]).encode())

    names = {"categories": [{"id": 3, "name": "Asia"}], "tags": [{"id": 4, "name": "op-ed"}]}
    for resource, records in (names | {"users": [{"id": 2, "name": "Ann Lee"}]} | resources).items():
        site.answers[API + resource] = (
            answer(json.dumps(records).encode()) if records is not None else answer(status=401)
        )
    site.answers[API + "posts"] = page_of_posts


def test_everything_comes_through(site: Any, answer: Any, context: SourceContext) -> None:
    content = '<p>Text.</p><p><a href="https://lowy.example/x">Read at Lowy Institute</a></p>'
    serve(site, answer, [post(1, content={"rendered": content})])
    (article,) = found(site, context).articles
    assert (article.title, article.kind, article.excerpt) == ("R&D “1”", Kind.OP_ED, "Short.")
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2026-01-06T15:00:00+00:00"
    assert (article.categories, article.people) == (("op-ed", "Asia"), (Person("Ann Lee"),))
    assert (article.outlet, article.outlet_url) == ("Lowy Institute", "https://lowy.example/x")


def test_who_is_in_the_media_is_featured(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(1)], tags=[{"id": 4, "name": "In the media"}])
    assert found(site, context).articles[0].people == (Person("Ann Lee", "featuring"),)


def test_all_pages_are_followed_until_400(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(number) for number in range(1, 6)])
    result = found(site, context)
    assert (len(result.articles), result.whole) == (5, True)
    assert [asked.path for asked in site.asked if "posts" in asked.path and "page=5" in asked.path] == []


def test_names_are_asked_once_for_all_posts(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(number) for number in range(1, 6)])
    found(site, context)
    assert sum("/users" in asked.path and "page=1&" in asked.path for asked in site.asked) == 1


def test_server_that_gives_the_same_page_for_ever(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [])
    site.answers[API + "posts"] = answer(json.dumps([post(1)]).encode())
    result = found(site, context)
    assert (len(result.articles), result.whole) == (1, False)


def test_protected_post_is_passed_over_by_name(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(1, content={"rendered": "", "protected": True}), post(2)])
    result = found(site, context)
    assert [article.url for article in result.articles] == ["https://www.example.org/2/"]
    assert result.problems == ("post 1 needs a password and was passed over",)


def test_hidden_users_are_nobody_s_problem(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(1), post(2, yoast_head_json={"author": "Bo Chen"})], users=None)
    result = found(site, context)
    assert [article.people for article in result.articles] == [(), (Person("Bo Chen"),)]
    assert result.problems == ()


def test_missing_tags_are_a_problem_but_not_the_end(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(1)], tags=None)
    result = found(site, context)
    assert (len(result.articles), result.articles[0].kind) == (1, Kind.ARTICLE)
    assert "the names of its tags are missing: the server says 401 Unauthorized" in result.problems[0]


def test_page_that_fails_later_costs_only_what_is_on_it(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(1)])
    first = site.answers[API + "posts"]
    site.answers[API + "posts"] = lambda asked: first(asked) if "page=1&" in asked.path else answer(status=500)
    result = found(site, context)
    assert (len(result.articles), result.problems[0][:34]) == (1, "only the first 1 posts could be re")
    assert not result.whole


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"null", b"[" * 100_000, b"\xff"])
def test_what_is_no_wordpress(site: Any, answer: Any, context: SourceContext, body: bytes) -> None:
    site.answers[API + "posts"] = answer(body)
    assert "is this WordPress" in visit(site, context).error


HOSTILE: list[Any] = [None, 7, "x", [], [None], {"rendered": 7}, {"protected": "yes"}]


@pytest.mark.parametrize(
    "field", ["date_gmt", "link", "title", "content", "excerpt", "author", "tags", "yoast_head_json"]
)
def test_members_of_any_type(site: Any, answer: Any, context: SourceContext, field: str) -> None:
    serve(site, answer, [post(number, **{field: value}) for number, value in enumerate(HOSTILE, 1)] + [post(9)])
    assert "https://www.example.org/9/" in [article.url for article in found(site, context).articles]


def replay(site: Any, answer: Any, name: str) -> None:
    """Answer by resource and page, as the corpus asks; what was not captured is a 404."""
    captured: dict[str, list[Any]] = {}
    for entry in json.loads((CORPUS / "index.json").read_text()):
        if name in entry["site"]:
            captured.setdefault(entry["path"].partition("?")[0], []).append(entry)

    def replayed(entries: list[Any]) -> Callable[[Any], Any]:
        def respond(asked: Any) -> Any:
            number = int(parse_qs(urlsplit(asked.path).query).get("page", ["1"])[0])
            entry = entries[min(number, len(entries)) - 1]
            return answer((CORPUS / entry["file"]).read_bytes(), entry["status"], entry["headers"])

        return respond

    site.answers = {path: replayed(entries) for path, entries in captured.items()}


@needs_corpus
def test_real_think_tank(site: Any, answer: Any, context: SourceContext) -> None:
    replay(site, answer, "thinktank")
    articles = found(site, context).articles
    assert [article.kind for article in articles] == [
        Kind.OP_ED, Kind.IN_THE_MEDIA, Kind.IN_THE_MEDIA, Kind.PRESS_RELEASE, Kind.IN_THE_MEDIA, Kind.OP_ED, Kind.OP_ED,
    ]  # fmt: skip
    assert articles[1].people == (Person("Lyle Goldstein", "featuring"),)
    assert articles[6].outlet == "Lowy Institute"
    assert articles[0].categories == ("op-ed", "Asia", "China-Taiwan", "Taiwan")


@needs_corpus
def test_every_unprotected_post_of_the_real_theme_test(site: Any, answer: Any, context: SourceContext) -> None:
    replay(site, answer, "themetest")
    pages = [json.loads((CORPUS / f"theme-test/posts-{number}.json").read_text()) for number in (1, 2)]
    wanted = {post["link"] for page in pages for post in page if not post["content"]["protected"]}
    result = found(site, context)
    assert {article.url for article in result.articles} == wanted
    assert len(result.articles) == len(wanted)
    assert [problem for problem in result.problems if "password" in problem] == [
        "post 38 needs a password and was passed over"
    ]
    assert all(article.title and "<" not in article.excerpt for article in result.articles)
