"""Weeks of a busy newsroom: whatever it edits, moves, pages or breaks, each post is in one digest and in no other."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from digest.models import ArticleRow, DigestRow

World = Any  # tests/conftest.py
NEWEST = 20
WEEKS = 3


@dataclass
class Post:
    number: int
    title: str
    published_at: datetime
    changed_at: datetime
    slug: str

    @property
    def url(self) -> str:
        return f"https://www.example.org/{self.slug}/"


@dataclass
class Newsroom:
    """What one site has published, and the doors it is read by."""

    now: Callable[[], datetime]
    dice: random.Random
    posts: list[Post] = field(default_factory=list)
    broken: bool = False
    busy: bool = False
    """Whether it publishes while it is read."""

    def publish(self) -> None:
        number = len(self.posts) + 1
        title = " ".join(self.dice.sample(_WORDS, 6))
        self.posts.append(Post(number, title, self.now(), self.now(), f"post-{number}"))

    def edit(self) -> None:
        """Correct a title, or give a page another address."""
        post = self.dice.choice(self.posts)
        if self.dice.random() < 0.5:
            post.title += " corrected"
        else:
            post.slug += "-moved"
        post.changed_at = self.now()

    def newest(self) -> list[Post]:
        return sorted(self.posts, key=lambda post: (post.published_at, post.number), reverse=True)

    def rss(self, asked: Any, answer: Any) -> Any:
        items = [
            f"<item><guid isPermaLink='false'>{post.number}</guid><title>{escape(post.title)}</title>"
            f"<link>{post.url}</link><category>NATO</category>"
            f"<pubDate>{format_datetime(post.published_at)}</pubDate></item>"
            for post in self.newest()[:NEWEST]
        ]
        return self._answer(
            asked, answer, f"<rss version='2.0'><channel><title>t</title>{''.join(items)}</channel></rss>"
        )

    def json_feed(self, asked: Any, answer: Any) -> Any:
        items = [
            {"id": str(post.number), "title": post.title, "url": post.url, "content_text": "Text.", "tags": ["NATO"]}
            | {"date_published": post.published_at.isoformat()}
            for post in self.newest()[:NEWEST]
        ]
        return self._answer(asked, answer, json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))

    def _answer(self, asked: Any, answer: Any, text: str) -> Any:
        etag = f'"{hash(text)}"'
        if self.broken:
            return answer(b"", 503)
        if asked.headers.get("if-none-match") == etag:
            return answer(b"", 304)
        return answer(text.encode(), 200, {"ETag": etag})

    def wordpress(self, asked: Any, answer: Any) -> Any:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        page, size = int(query.get("page", "1")), int(query.get("per_page", "10"))
        if page > 1 and self.busy:
            self.publish()  # and so every post moves down by one, over the edge of a page
        if self.broken and page > 1:
            return answer(b"", 503)
        wanted = set(map(int, filter(None, query.get("include", "").split(","))))
        posts = [post for post in self.newest() if not wanted or post.number in wanted]
        pages = max(1, -(-len(posts) // size))
        if page > pages:
            return answer(b'{"code": "rest_post_invalid_page_number"}', 400)
        records = [_record(post) for post in posts[size * (page - 1) : size * page]]
        counts = {"X-WP-Total": str(len(posts)), "X-WP-TotalPages": str(pages)}
        return answer(json.dumps(records).encode(), 200, counts)


def _record(post: Post) -> dict[str, Any]:
    return {
        "id": post.number,
        "date_gmt": f"{post.published_at:%Y-%m-%dT%H:%M:%S}",
        "modified_gmt": f"{post.changed_at:%Y-%m-%dT%H:%M:%S}",
        "link": post.url,
        "title": {"rendered": escape(post.title)},
        "content": {"rendered": "<p>Text.</p>", "protected": False},
        "excerpt": {"rendered": "", "protected": False},
        "author": 1,
        "categories": [3],
        "tags": [],
    }


_WORDS = [
    a + b for a in ("ka", "mi", "to", "ru", "se", "na", "po", "li") for b in ("ba", "den", "for", "gul", "hex", "jon")
]


@pytest.mark.parametrize("door", ["rss", "json_feed", "wordpress"])
def test_every_post_is_in_exactly_one_digest(new_world: Any, site: Any, answer: Any, door: str) -> None:
    kind, path = ("wordpress", "") if door == "wordpress" else ("feed", f"/{door}")
    source = json.dumps({"name": "site", "kind": kind, "url": site.url + path, "allow_private": True})
    world = new_world(sources=source)
    dice = random.Random(1)
    newsroom = Newsroom(world.clock, dice)
    site.answers["/wp-json/wp/v2/categories"] = answer(b'[{"id": 3, "name": "NATO"}]')
    site.answers["/wp-json/wp/v2/users"] = answer(b'[{"id": 1, "name": "Ann Lee"}]')
    place = "/wp-json/wp/v2/posts" if door == "wordpress" else path
    site.answers[place] = lambda asked: getattr(newsroom, door)(asked, answer)
    world.subscribe("ann")
    for _ in range(130 if door == "wordpress" else NEWEST):
        newsroom.publish()
        world.clock.move(seconds=dice.choice((0, 1, 60)))
    world.pipeline.collect()
    for _ in range(WEEKS):
        for _ in range(7):
            _one_day(world, newsroom, dice)
            if dice.random() < 0.3:
                world = new_world_at(new_world, world, source, newsroom)
        newsroom.broken = newsroom.busy = False
        world.pipeline.collect(["site"])
        world.edition()
        world.send()
    assert _times_printed(world) == Counter(post.number for post in newsroom.posts)


def new_world_at(new_world: Any, world: World, source: str, newsroom: Newsroom) -> World:
    """The program started anew, at the same hour."""
    again = new_world(sources=source)
    again.clock.now = world.clock()
    newsroom.now = again.clock
    return again


def _one_day(world: World, newsroom: Newsroom, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 3)):
        world.clock.move(hours=dice.randint(1, 7))
        # Never broken twice in a row: a feed forgets what is older than its newest twenty.
        newsroom.broken, newsroom.busy = not newsroom.broken and dice.random() < 0.3, dice.random() < 0.3
        for _ in range(dice.randint(0, 5)):
            newsroom.publish()
        for _ in range(dice.randint(0, 3)):
            newsroom.edit()
        world.pipeline.collect(["site"])


def _times_printed(world: World) -> Counter[int]:
    """In how many digests each post is, by its number."""
    with world.database.read() as session:
        slugs = dict(session.execute(select(ArticleRow.id, ArticleRow.url)).all())
        digests = session.scalars(select(DigestRow.article_ids)).all()
    return Counter(int(slugs[number].split("post-")[1].rstrip("/").split("-")[0]) for ids in digests for number in ids)
