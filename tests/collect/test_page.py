"""Web pages over real sockets: a listing, the articles and events it leads to, and what changes from visit to visit."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import ValidationError

from digest.collect import collect, open_fetch
from digest.sources.page import PageSource, SelectSettings
from digest.types import DueSource, Found, Kind, Person, SourceContext, Validators, Visit


def visit(site: Any, context: SourceContext, validators: Validators | None = None, **select: Any) -> Visit:
    async def run() -> Visit:
        settings = PageSource.Settings(url=f"{site.url}/news/", select=SelectSettings(**select))
        source = PageSource(settings, context)
        async with open_fetch("", allow_private=True) as fetch:
            return (await collect([DueSource("site", source, validators or Validators())], fetch))[0]

    return asyncio.run(run())


def found(site: Any, context: SourceContext, validators: Validators | None = None, **select: Any) -> Found:
    visited = visit(site, context, validators, **select)
    assert visited.found is not None, visited.error
    return visited.found


def article(title: str, head: str = "", body: str = "<p>A first sentence that is long enough to be one.</p>") -> bytes:
    return f"<!doctype html><html lang=en><head><title>{title} | Site</title>{head}</head>\
<body><nav><a href=/about/>About us all here</a></nav><main><h1>{title}</h1>{body}</main></body></html>".encode()


def listing(*paths: str, teaser: str = "") -> bytes:
    rows = "".join(f"<article><h2><a href='{path}'>About {path}</a></h2><p>{teaser}</p></article>" for path in paths)
    return f"<html><body><nav><h3><a href='/about/'>Menu</a></h3></nav><main>{rows}</main></body></html>".encode()


def serve(site: Any, answer: Any, **pages: bytes) -> None:
    site.answers = {f"/{name}": answer(body, headers={"Content-Type": "text/html"}) for name, body in pages.items()}
    site.answers["/news/"] = answer(listing(*(f"/{name}" for name in pages)))


def test_articles_by_what_a_reader_sees(site: Any, answer: Any, context: SourceContext) -> None:
    body = """<p><a href=/>Home</a> / <a href=/asia>Asia</a></p><p><a rel="category tag" href=/asia>Asia</a></p>
        <p>August 17, 2023</p><p>By Ann Lee and Bo Chen</p><p>A first sentence that is long enough. A second one.</p>
        <p><a href="https://lowy.example/x?utm_source=y">Read at Lowy Institute</a></p>
        <section><h2>More</h2><article><h3><a href=/b>Other</a></h3><p>By Cy Day</p><p>January 6, 2026</p></article>
        </section>"""
    serve(site, answer, a=article("One &amp; all", body=body))
    (only,) = found(site, context).articles
    assert (only.title, only.url) == ("One & all", f"{site.url}/a")
    assert str(only.published_at) == "2023-08-17 16:00:00+00:00"
    assert (only.people, only.categories) == ((Person("Ann Lee"), Person("Bo Chen")), ("Asia",))
    assert (only.outlet, only.outlet_url) == ("Lowy Institute", "https://lowy.example/x")
    assert (only.excerpt, only.language) == ("A first sentence that is long enough. A second one.", "en")


JSON_LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "@id": "#us", "name": "Site"},
        {"@type": "Person", "@id": "#ann", "name": "Ann Lee"},
        {
            "@type": ["OpinionNewsArticle"],
            "headline": "Two &amp; more",
            "author": [{"@id": "#ann"}, "Bo Chen"],
            "datePublished": "2026-01-06T10:00:00-05:00",
            "description": "What it says.",
            "image": {"url": "/2.jpg"},
            "articleSection": ["Asia"],
            "keywords": "NATO, Ukraine",
            "inLanguage": "en-GB",
            "publisher": {"@id": "#us"},
        },
    ],
}
META = """<meta property="og:title" content="Two &amp;amp; more | Site"><meta property="og:site_name" content="Site">
<meta name="author" content="Ann Lee; Bo Chen"><meta property="article:published_time" content="2026-01-06T15:00:00Z">
<meta property="og:description" content="What it says."><meta property="og:image" content="/2.jpg">
<meta property="article:section" content="Asia"><meta property="article:tag" content="op-ed">"""
MICRODATA = """<div itemscope itemtype="https://schema.org/OpinionNewsArticle">
<span itemprop="headline">Two &amp; more</span>
<span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Ann Lee</b></span>
<span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Bo Chen</b></span>
<time itemprop="datePublished" datetime="2026-01-06T15:00:00Z">then</time><p itemprop="description">What it says.</p>
<img itemprop="image" src="/2.jpg"><span itemprop="articleSection">Asia</span></div>"""


@pytest.mark.parametrize(
    "page",
    [
        article("Elsewhere", f'<script type="application/ld+json">{json.dumps(JSON_LD)}</script>'),
        article("Elsewhere", META),
        article("Elsewhere", body=MICRODATA),
    ],
    ids=["json-ld", "opengraph", "microdata"],
)
def test_what_a_page_declares_says_the_same(site: Any, answer: Any, context: SourceContext, page: bytes) -> None:
    serve(site, answer, a=page)
    (only,) = found(site, context).articles
    assert (only.title, only.kind, only.excerpt) == ("Two & more", Kind.OP_ED, "What it says.")
    assert only.people == (Person("Ann Lee"), Person("Bo Chen"))
    assert str(only.published_at) == "2026-01-06 15:00:00+00:00"
    assert (only.categories, only.image_url) == (("Asia",), f"{site.url}/2.jpg")


def test_an_event_page_is_an_event(site: Any, answer: Any, context: SourceContext) -> None:
    event = {
        "@type": "Event",
        "name": "Talk",
        "startDate": "2026-02-01T18:30:00-05:00",
        "endDate": "2026-02-01T20:00:00-05:00",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": "https://zoom.example/1"},
        "keywords": ["Asia", "NATO"],
    }
    cancelled = event | {"eventStatus": "https://schema.org/EventCancelled", "name": "Not"}
    script = f'<script type="application/ld+json">{json.dumps([event, cancelled])}</script>'
    serve(site, answer, a=article("A talk", script))
    result = found(site, context)
    (only,) = result.events
    assert (result.articles, only.title, only.mode, only.place) == ((), "Talk", "virtual", "")
    assert (str(only.starts_at), only.url) == ("2026-02-01 23:30:00+00:00", f"{site.url}/a")
    assert only.categories == ("Asia", "NATO")


def test_selectors_for_a_site_that_declares_nothing(site: Any, answer: Any, context: SourceContext) -> None:
    body = "<b class=t>True title</b><i class=d>06.01.2026 x</i><u class=w>Ann Lee</u>"
    body += "<s class=x>Its own words.</s><em>Asia</em>"
    serve(site, answer, a=article("Wrong", body=body), b=article("Not listed"))
    site.answers["/news/"] = answer(b"<html><ul><li class=e><a href=/a>1</a></li><li><a href=/b>2</a></li></ul></html>")
    select: dict[str, Any] = {
        "links": "li.e",
        "title": ".t",
        "author": ".w",
        "text": ".x",
        "categories": "em",
        "date": ".d",
    }
    (only,) = found(site, context, **select).articles
    assert (only.title, only.people, only.excerpt) == ("True title", (Person("Ann Lee"),), "Its own words.")
    assert (only.categories, only.published_at) == (("Asia",), None)


@pytest.mark.parametrize("select", [{"links": "a["}, {"title": "::x"}, {"nothing": "a"}])
def test_a_selector_that_is_none_is_refused(select: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PageSource.Settings.model_validate({"url": "https://www.example.org", "select": select})


def test_known_pages_are_not_asked_for_again_but_the_newest(site: Any, answer: Any, context: SourceContext) -> None:
    names = [f"p{number}" for number in range(9)]
    serve(site, answer, **{name: article(f"Title {name}") for name in names})
    first = found(site, context)
    assert len(first.articles) == 9
    site.asked.clear()
    second = found(site, context, first.validators)
    assert [asked.path for asked in site.asked] == ["/news/", "/robots.txt", "/p0", "/p1", "/p2", "/p3", "/p4"]
    assert second.validators == first.validators
    # A new teaser is a sign of a correction, however far down it stands.
    site.answers["/news/"] = answer(listing(*(f"/{name}" for name in names), teaser="New."))
    assert len(found(site, context, first.validators).articles) == 9


def test_a_page_that_is_gone_is_said_to_be(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, a=article("A"), b=article("B"))
    first = found(site, context)
    site.answers["/b"] = answer(b"gone", 410)
    second = found(site, context, first.validators)
    assert second.gone == {next(one.key for one in first.articles if one.url.endswith("/b"))}
    assert second.problems == ()


def test_a_page_that_fails_is_a_problem_and_is_asked_again(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, a=article("A"), b=article("B"))
    site.answers["/b"] = answer(b"", 500)
    first = found(site, context)
    assert len(first.articles) == 1
    assert "500 Internal Server Error" in first.problems[0]
    site.answers["/b"] = answer(article("B"))
    assert len(found(site, context, first.validators).articles) == 2


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (article("A", body="<form class='post-password-form'></form>"), "needs a password"),
        (b"<html><p>no title", "has no title"),
        (b"", "is empty, or no web page"),
    ],
)
def test_what_is_no_article_is_named(site: Any, answer: Any, context: SourceContext, page: bytes, words: str) -> None:
    serve(site, answer, a=page, b=article("B"))
    result = found(site, context)
    assert len(result.articles) == 1
    assert words in result.problems[0]


def test_robots_txt_is_kept_to(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, a=article("A"), b=article("B"))
    site.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /b\n")
    result = found(site, context)
    assert [one.title for one in result.articles] == ["A"]
    assert "robots.txt" in result.problems[0]
    assert "/b" not in [asked.path for asked in site.asked]


def test_another_site_s_word_on_the_address_is_not_taken(site: Any, answer: Any, context: SourceContext) -> None:
    serve(site, answer, a=article("A", "<link rel=canonical href='https://elsewhere.example/a'>"))
    assert found(site, context).articles[0].url == f"{site.url}/a"


def test_a_listing_without_links_says_what_to_do(site: Any, answer: Any, context: SourceContext) -> None:
    site.answers["/news/"] = answer(b"<html><p>Nothing</p></html>")
    assert "name its links by a CSS selector in select.links" in visit(site, context).error
