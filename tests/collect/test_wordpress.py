"""WordPress over real sockets: a small site of our own, and captured answers of real ones where they are at hand."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from digest.collect import collect, open_fetch
from digest.sources.wordpress import WordPressSource
from digest.types import DueSource, Found, Kind, Person, SourceContext, Validators, Visit

API = "/wp-json/wp/v2/"
CORPUS = Path(os.environ.get("DIGEST_CORPORA", Path(__file__).parents[2] / "../shared/corpora")) / "wordpress"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")


def visit(site: Any, context: SourceContext, validators: Validators | None = None, **options: Any) -> Visit:
    async def run() -> Visit:
        source = WordPressSource(WordPressSource.Settings(url=site.url, **options), context)
        async with open_fetch("", allow_private=True) as fetch:
            return (await collect([DueSource("site", source, validators or Validators())], fetch))[0]

    return asyncio.run(run())


def found(site: Any, context: SourceContext, validators: Validators | None = None, **options: Any) -> Found:
    visited = visit(site, context, validators, **options)
    assert visited.found is not None, visited.error
    return visited.found


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
    assert (article.categories, article.tags, article.people) == (("Asia",), ("op-ed",), (Person("Ann Lee"),))
    assert (article.outlet, article.outlet_url) == ("Lowy Institute", "https://lowy.example/x")


def test_who_is_in_the_media_is_featured(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(1)], tags=[{"id": 4, "name": "In the media"}])
    assert found(site, context).articles[0].people == (Person("Ann Lee", "featuring"),)


def test_all_pages_are_followed_until_400(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(number) for number in range(1, 6)])
    result = found(site, context)
    assert (len(result.articles), result.present is not None) == (5, True)
    assert [asked.path for asked in site.asked if "posts" in asked.path and "page=5" in asked.path] == []


def test_names_are_asked_once_for_all_posts(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [post(number) for number in range(1, 6)])
    found(site, context)
    assert sum("/users" in asked.path for asked in site.asked) == 1


def test_server_that_gives_the_same_page_for_ever(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [])
    site.answers[API + "posts"] = answer(json.dumps([post(1)]).encode())
    result = found(site, context)
    assert (len(result.articles), result.present) == (1, None)


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
    assert result.present is None


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"null", b"[" * 100_000, b"\xff"])
def test_what_is_no_wordpress(site: Any, answer: Any, context: SourceContext, body: bytes) -> None:
    site.answers[API + "posts"] = answer(body)
    assert "is this WordPress" in visit(site, context).error


# ── from visit to visit ─────────────────────────────────────────────────────────────────────────────────────────────


def dated(number: int, date: str, modified: str = "", **more: Any) -> dict[str, Any]:
    return post(number, date_gmt=date, modified_gmt=modified or date, **more)


def urls(result: Found) -> list[str]:
    return [article.url.rsplit("/", 2)[1] for article in result.articles]


OLD = dated(1, "2026-01-05T10:00:00")
NEW = dated(2, "2026-01-06T10:00:00")


def test_a_second_visit_asks_for_no_text_where_nothing_changed(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [NEW, OLD])
    first = found(site, context)
    site.asked.clear()
    second = found(site, context, first.validators)
    assert (second.unchanged, second.validators) == (True, first.validators)
    assert {asked.path.rpartition("&")[2] for asked in site.asked} == {
        "_fields=id,date_gmt,modified_gmt,content.protected"
    }


@pytest.mark.parametrize(
    ("posts", "given", "keys"),
    [
        ([dated(3, "2026-01-07T10:00:00"), NEW, OLD], ["3"], {1, 2, 3}),
        ([NEW, dated(1, "2026-01-05T10:00:00", "2026-01-07T10:00:00")], ["1"], {1, 2}),
        ([NEW], [], {2}),
        ([NEW, dated(1, "2026-01-05T10:00:00", "2026-01-07T10:00:00", content={"protected": True})], [], {2}),
        # Scheduled for before the last visit and published late, by a cron that runs only when somebody looks.
        ([NEW, dated(3, "2026-01-05T12:00:00", "2025-12-01T10:00:00"), OLD], ["3"], {1, 2, 3}),
    ],
    ids=["new", "changed", "withdrawn", "protected", "scheduled"],
)
def test_a_second_visit_gives_what_is_different(
    site: Any, answer: Any, context: SourceContext, posts: list[Any], given: list[str], keys: set[int]
) -> None:
    serve(site, answer, [NEW, OLD])
    first = found(site, context)
    serve(site, answer, posts)
    second = found(site, context, first.validators)
    assert urls(second) == given
    assert second.present == frozenset(f"post {key}" for key in keys)
    assert found(site, context, second.validators).unchanged


def test_a_post_that_is_dated_ahead_hides_none_behind_it(site: Any, answer: Any, context: SourceContext) -> None:
    posts = [dated(9, "2126-01-01T10:00:00"), NEW, OLD, dated(8, "2025-12-20T10:00:00")]
    serve(site, answer, posts)
    at_the_time = replace(context, clock=lambda: datetime(2026, 1, 7, tzinfo=UTC))
    first = found(site, at_the_time)
    serve(site, answer, [dated(7, "2026-01-07T10:00:00"), *posts])
    assert found(site, at_the_time, first.validators).present == frozenset(f"post {n}" for n in (1, 2, 7, 8, 9))


def test_what_is_missed_for_a_fault_is_asked_for_again(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [NEW, OLD], tags=None)
    first = found(site, context)
    serve(site, answer, [NEW, OLD])
    second = found(site, context, first.validators)
    assert [article.tags for article in second.articles] == [("op-ed",)] * 2


def test_a_post_that_goes_while_pages_are_turned_hides_none(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [dated(number, f"2026-01-0{number}T10:00:00") for number in (5, 4, 3)])
    totals = iter(["3", "2"])
    pages = site.answers[API + "posts"]

    def turned(asked: Any) -> Any:
        given = pages(asked)
        given.headers["X-WP-Total"] = next(totals, "2")
        return given

    site.answers[API + "posts"] = turned
    result = found(site, context)
    assert (result.present, result.validators) == (None, Validators())


# ── sites that are set up otherwise ─────────────────────────────────────────────────────────────────────────────────


def test_site_without_pretty_permalinks(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [NEW])
    inner = dict(site.answers)

    def routed(asked: Any) -> Any:
        route = parse_qs(urlsplit(asked.path).query).get("rest_route", [""])[0]
        given = inner.get(f"/wp-json{route}", answer(b'{"code": "rest_no_route"}', 404))
        return given(asked) if callable(given) else given

    site.answers = {"/": routed}
    assert urls(found(site, context)) == ["2"]


def test_site_that_allows_few_per_page(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [NEW, OLD])
    pages = site.answers[API + "posts"]
    site.answers[API + "posts"] = lambda asked: (
        answer(b'{"code": "rest_invalid_param"}', 400) if "per_page=100" in asked.path else pages(asked)
    )
    assert urls(found(site, context)) == ["2", "1"]


def test_own_types_taxonomies_and_images(site: Any, answer: Any, context: SourceContext) -> None:
    own = dated(7, "2026-01-06T10:00:00", type="press-release", regions=[5], experts=[6], featured_media=8)
    serve(
        site,
        answer,
        [],
        taxonomies={"region": {"rest_base": "regions"}, "expert": {"rest_base": "experts"}, "x": {"rest_base": "../x"}},
        regions=[{"id": 5, "name": "East Asia"}],
        experts=[{"id": 6, "name": "Bo Chen"}],
        media=[{"id": 8, "source_url": "https://www.example.org/8.jpg"}],
    )
    site.answers[API + "press"] = answer(json.dumps([own]).encode())
    (article,) = found(site, context, types=("press",)).articles
    assert (article.kind, article.people) == (Kind.PRESS_RELEASE, (Person("Bo Chen"),))
    assert (article.categories, article.image_url) == (("Asia", "East Asia"), "https://www.example.org/8.jpg")


def test_who_logs_in_says_so_at_each_question_and_gets_drafts(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, [NEW])
    options: dict[str, Any] = {"username": "ann", "password": "abcd efgh", "statuses": ("publish", "draft")}
    assert urls(found(site, context, **options)) == ["2"]
    assert {asked.headers["authorization"] for asked in site.asked} == {"Basic YW5uOmFiY2QgZWZnaA=="}
    assert any("status=publish,draft" in asked.path for asked in site.asked)


@pytest.mark.parametrize(
    "options",
    [
        {"username": "ann"},
        {"password": "x"},
        {"url": "http://www.example.org", "username": "ann", "password": "x"},
        {"statuses": ("draft",)},
        {"types": ()},
    ],
)
def test_login_that_is_not_whole_or_not_safe_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WordPressSource.Settings.model_validate({"url": "https://www.example.org", **options})


# ── whatever comes ──────────────────────────────────────────────────────────────────────────────────────────────────


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
    assert (articles[0].categories, articles[0].tags) == (("Asia", "China-Taiwan", "Taiwan"), ("op-ed",))


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
