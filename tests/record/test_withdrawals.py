"""What leaves a source leaves the next edition: events too, what is said to be gone, and what a feed silently drops."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.database import Database
from digest.models import ArticleRow, EventRow
from digest.record.findings import store
from digest.sources.feed import FeedSource
from digest.types import Found, FoundArticle, FoundEvent, SetUpSource, SourceContext, Visit

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
ONE, TWO = (FoundArticle(f"n-{n}", n, f"https://e.org/{n}", NOW - timedelta(days=1)) for n in ("one", "two"))
TALK = FoundEvent("t-1", "Talk", "https://e.org/talk", NOW + timedelta(days=9))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        yield session


def withdrawn(session: Session) -> set[str]:
    session.flush()
    return {
        title
        for model in (ArticleRow, EventRow)
        for title in session.scalars(select(model.title).where(model.withdrawn_at.is_not(None)))
    }


def test_an_event_that_its_calendar_no_longer_has_is_withdrawn(session: Session) -> None:
    other = replace(TALK, key="t-2", title="Other", url="https://e.org/other")
    both = frozenset({"t-1", "t-2"})
    store(session, Visit("calendar", Found(events=(TALK, other), present=both)), NOW)
    store(session, Visit("calendar", Found(events=(other,), present=frozenset({"t-2"}))), NOW)
    assert withdrawn(session) == {"Talk"}
    store(session, Visit("calendar", Found(events=(TALK, other), present=both)), NOW)
    assert withdrawn(session) == set()


def test_what_is_past_is_left_as_it_is(session: Session) -> None:
    past = replace(TALK, starts_at=NOW - timedelta(days=1))
    store(session, Visit("calendar", Found(events=(past,), present=frozenset({"t-1"}))), NOW)
    store(session, Visit("calendar", Found(present=frozenset({"t-9"}))), NOW)
    assert withdrawn(session) == set()


def test_what_is_said_to_be_gone_is_withdrawn_until_it_is_found_again(session: Session) -> None:
    store(session, Visit("page", Found((ONE, TWO))), NOW)
    store(session, Visit("page", Found(gone=frozenset({"n-one"}))), NOW)
    assert withdrawn(session) == {"one"}
    store(session, Visit("page", Found((ONE,))), NOW)
    assert withdrawn(session) == set()


# ── what a feed drops without a word ────────────────────────────────────────────────────────────────────────────────


class _Site(BaseHTTPRequestHandler):
    feed = b""
    gone: frozenset[str] = frozenset()

    def do_GET(self) -> None:
        is_page = self.path not in ("/feed", "/robots.txt")
        status = 404 if self.path == "/robots.txt" else 410 if is_page and self.path in self.gone else 200
        self.send_response(status)
        self.end_headers()
        self.wfile.write(self.feed if self.path == "/feed" else b"<html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[tuple[str, type[_Site]]]:
    handler = type("Handler", (_Site,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def feed(url: str, *items: tuple[str, int], more: str = "") -> bytes:
    rows = "".join(
        f"<item><title>{name}</title><link>{url}/{name}</link><guid>{name}</guid>"
        f"<pubDate>0{day} Jan 2026 10:00:00 GMT</pubDate>{more}</item>"
        for name, day in items
    )
    return f"<rss version='2.0'><channel>{rows}</channel></rss>".encode()


@pytest.fixture
def offered(world: Any, site: tuple[str, type[_Site]]) -> Callable[..., set[str]]:
    """Collects a feed of these items, and gives the titles that a draft may take in."""
    url, handler = site
    source = FeedSource(FeedSource.Settings(url=f"{url}/feed"), SourceContext(world.settings.site.zone, world.folder))
    world.pipeline = replace(
        world.pipeline, sources={"feed": SetUpSource(source, address=f"{url}/feed", allow_private=True)}
    )

    def collect(*items: tuple[str, int], gone: str = "", more: str = "") -> set[str]:
        handler.feed, handler.gone = feed(url, *items, more=more), frozenset({gone})
        world.pipeline.collect()
        with world.database.read() as session:
            return set(session.scalars(select(ArticleRow.title).where(ArticleRow.withdrawn_at.is_(None))))

    return collect


def test_an_article_that_a_feed_drops_is_withdrawn_if_its_page_is_gone(offered: Callable[..., set[str]]) -> None:
    assert offered(("c", 3), ("b", 2), ("a", 1)) == {"a", "b", "c"}
    assert offered(("c", 3), ("a", 1)) == {"a", "b", "c"}  # its page is there
    assert offered(("c", 3), ("a", 1), gone="/b") == {"a", "c"}
    assert offered(("c", 3), ("b", 2), ("a", 1)) == {"a", "b", "c"}


def test_of_many_that_a_feed_drops_each_is_asked_for_in_time(offered: Callable[..., set[str]]) -> None:
    dropped = "bcdefgh"
    offered(("z", 9), *((name, 5) for name in dropped), ("a", 1))
    for _ in range(40):  # five of seven by lot: that one is passed over each time is one chance in 10^21
        left = offered(("z", 9), ("a", 1), gone="/b")
    assert left == {"z", "a", *dropped} - {"b"}


def test_what_leaves_a_feed_by_age_is_not_even_asked_for(offered: Callable[..., set[str]]) -> None:
    offered(("b", 2), ("a", 1))
    assert offered(("c", 3), ("b", 2), gone="/a") == {"a", "b", "c"}


def test_a_post_that_has_got_a_password_is_withdrawn(offered: Callable[..., set[str]]) -> None:
    offered(("b", 2), ("a", 1))
    words = "<description>There is no excerpt because this is a protected post.</description>"
    assert offered(("b", 2), more=words) == {"a"}
