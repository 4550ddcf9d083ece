"""Feeds of every format, and of the broken kinds that the world is full of."""

import contextlib
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.sources.feed import read
from digest.types import Found, FoundArticle, Kind, Page, Person

ZONE = ZoneInfo("America/New_York")


def found(body: bytes | str, **headers: str) -> Found:
    data = body.encode() if isinstance(body, str) else body
    return read(Page("https://www.example.org/feed", 200, headers, data), ZONE)


def rss(item: str, head: str = "<link>https://www.example.org/</link>") -> FoundArticle:
    (article,) = found(f"<rss version='2.0'><channel>{head}<item>{item}</item></channel></rss>").articles
    return article


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>t</title><link>https://www.example.org/</link><item><title>War &amp;amp; peace</title>
<link>https://www.example.org/a?utm_source=x</link><guid isPermaLink="false">urn:1</guid>
<dc:creator>Ann Lee</dc:creator>
<category>Asia</category><category>In the media</category><pubDate>Tue, 06 Jan 2026 10:00:00 -0500</pubDate>
<description>&lt;p&gt;Short.&lt;/p&gt;</description><media:thumbnail url="https://www.example.org/a.jpg"/>
<content:encoded><![CDATA[<p>Long.</p><a href="https://lowy.example/">Read at Lowy Institute</a>]]></content:encoded>
</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry>
<title type="html">War &amp;amp; peace</title><id>urn:1</id>
<link href="https://www.example.org/a?utm_source=x"/><author><name>Ann Lee</name></author>
<category term="Asia"/><category term="in-the-media" label="In the media"/><published>2026-01-06T15:00:00Z</published>
<summary>Short.</summary><link rel="enclosure" type="image/jpeg" href="https://www.example.org/a.jpg"/>
<content type="html"><![CDATA[<p>Long.</p><a href="https://lowy.example/">Read at Lowy Institute</a>]]></content>
</entry></feed>"""
JSON_FEED = json.dumps({
    "version": "https://jsonfeed.org/version/1.1", "title": "t", "home_page_url": "https://www.example.org/",
    "items": [{
        "id": "urn:1", "title": "War & peace", "url": "https://www.example.org/a?utm_source=x", "summary": "Short.",
        "authors": [{"name": "Ann Lee"}], "tags": ["Asia", "In the media"],
        "date_published": "2026-01-06T10:00:00-05:00", "image": "https://www.example.org/a.jpg",
        "content_html": "<p>Long.</p><a href='https://lowy.example/'>Read at Lowy Institute</a>",
    }],
})  # fmt: skip


@pytest.mark.parametrize("body", [RSS, ATOM, JSON_FEED], ids=["rss", "atom", "json"])
def test_formats_say_the_same(body: str) -> None:
    (article,) = found(body).articles
    assert article == FoundArticle(
        key="urn:1",
        title="War & peace",
        url="https://www.example.org/a",
        published_at=article.published_at,
        kind=Kind.IN_THE_MEDIA,
        outlet="Lowy Institute",
        outlet_url="https://lowy.example/",
        people=(Person("Ann Lee", "featuring"),),
        excerpt="Short.",
        image_url="https://www.example.org/a.jpg",
        categories=("Asia", "In the media"),
    )
    assert str(article.published_at) == "2026-01-06 15:00:00+00:00"


def test_rdf() -> None:
    (article,) = found("""<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel><title>t</title></channel>
        <item rdf:about="https://e.org/a"><title>A</title><link>https://e.org/a</link><dc:creator>Ann Lee</dc:creator>
        <dc:date>2026-01-06</dc:date><dc:subject>Asia</dc:subject></item></rdf:RDF>""").articles
    assert (article.title, article.people, article.categories) == ("A", (Person("Ann Lee"),), ("Asia",))
    assert str(article.published_at) == "2026-01-06 17:00:00+00:00"


def test_validators_are_kept() -> None:
    assert found(RSS, etag='"1"').validators.etag == '"1"'


def test_title_keeps_no_line_ends_markup_or_direction_marks() -> None:
    article = rss(
        "<title>One\r\nBcc: x@example.org &lt;b&gt;bold&lt;/b&gt; \u202egnp.exe</title><link>https://e.org/</link>"
    )
    assert article.title == "One Bcc: x@example.org bold gnp.exe"


def test_atom_s_plain_title_may_speak_of_markup() -> None:
    body = ATOM.replace('type="html">War &amp;amp; peace', ">What &lt;b&gt; means")
    assert found(body).articles[0].title == "What <b> means"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "java\tscript:alert(1)", "https://u:p@e.org/"]
)
def test_link_that_leads_nowhere_good_is_replaced(link: str) -> None:
    article = rss(f"<title>A</title><link>{link}</link><guid isPermaLink='false'>7</guid>")
    assert article.url.startswith("https://www.example.org/#item-")


def test_items_without_links_stay_distinct() -> None:
    items = "<item><title>A</title></item><item><title>B</title></item>"
    first, second = found(f"<rss version='2.0'><channel>{items}</channel></rss>").articles
    assert first.url != second.url


def test_title_falls_back_to_the_first_words() -> None:
    article = rss(f"<link>https://e.org/</link><description>{'Some words. ' * 20}</description>")
    assert article.title.startswith("Some words. Some")
    assert len(article.title) <= 80


def test_relative_link_counts_from_the_feed() -> None:
    assert rss("<title>A</title><link>/a b</link>").url == "https://www.example.org/a%20b"


def test_items_that_share_one_id_are_told_apart_by_link() -> None:
    items = "".join(f"<item><guid>same</guid><title>{n}</title><link>https://e.org/{n}</link></item>" for n in "ab")
    first, second = found(f"<rss version='2.0'><channel>{items}</channel></rss>").articles
    assert (first.key, second.key) == ("https://e.org/a", "https://e.org/b")


def test_item_with_nothing_to_show_is_a_problem() -> None:
    result = found("<rss version='2.0'><channel><item><pubDate>x</pubDate></item></channel></rss>")
    assert (result.articles, len(result.problems)) == ((), 1)
    assert "item 1" in result.problems[0]


@pytest.mark.parametrize("date", ["Thu, 31 Feb 2026 10:00:00 GMT", "soon", "0000-00-00", "1796-01-01"])
def test_impossible_date_is_none(date: str) -> None:
    assert rss(f"<title>A</title><pubDate>{date}</pubDate>").published_at is None


def test_feed_cut_short_gives_what_it_holds() -> None:
    assert len(found(RSS[: RSS.index("<description>")]).articles) == 1


def test_body_is_never_taken_for_a_file_name(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text(RSS)
    with pytest.raises(SourceError):
        found(str(tmp_path / "secret.xml"))


def test_entities_do_not_reach_files_or_explode() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = f"{bomb}<rss version='2.0'><channel><item><title>T&b;&f;</title></item></channel></rss>"
    assert "root:" not in str(found(body))


JUNK = [7, None, "x", [], {}, [None], [7], {"name": 7}, True]
MEMBERS = ["id", "title", "url", "summary", "authors", "author", "tags", "date_published", "image", "content_html"]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_json_members_of_any_type(member: str, junk: Any) -> None:
    feed = json.loads(JSON_FEED)
    feed["items"][0][member] = junk
    assert len(found(json.dumps(feed)).articles) == 1


PIECES = st.sampled_from([
    b"<rss version='2.0'>", b"<channel>", b"<item>", b"<title>", b"</title>", b"</item>", b"<link>", b"<![CDATA[",
    b"]]>", b"&#0;", b"&", b"<", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<!DOCTYPE x [", b"<a ",
    b"<!ENTITY", b"\xff", b'{"version": "https://jsonfeed.org/version/1", "items": [', b"http://[",
    b"<?xml version='1.0' encoding='utf-7'?>",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join))
@example(b"<rss version='2.0'><channel><item><title>x</title><link>http://[</link></item></channel></rss>")
def test_any_bytes_are_a_feed_or_an_error_in_words(body: bytes) -> None:
    with contextlib.suppress(SourceError):
        assert all(article.url.startswith("http") and article.title for article in found(body).articles)
