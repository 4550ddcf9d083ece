"""Three collections of a real WordPress: new, changed, withdrawn, protected and scheduled posts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from digest.models import ArticleRow
from digest.pipeline import Collected
from digest.sources.wordpress import WordPressSource
from digest.types import SetUpSource, SourceContext

World = Any  # tests/conftest.py
WordPress = Any  # conftest.py


@pytest.fixture
def new_newsroom(world: World, wordpress: WordPress) -> Callable[..., World]:
    """A world whose one source is the site, read with these options."""

    def make(**options: Any) -> World:
        settings = WordPressSource.Settings(url=wordpress.url, **options)
        source = WordPressSource(settings, SourceContext(world.settings.site.zone, world.folder))
        # Another way to read it is another source.
        name = f"site {len(options)}"
        set_up = SetUpSource(source, address=wordpress.url, allow_private=True, first_collection=100)
        world.pipeline = replace(world.pipeline, sources={name: set_up})
        return world

    return make


def post(title: str, **more: Any) -> tuple[str, list[Any]]:
    values = {
        "post_title": title,
        "post_content": f"<p>About {title}.</p>",
        "post_status": "publish",
        "post_author": 1,
        "post_date_gmt": "2026-01-06 15:00:00",
        "post_date": "2026-01-06 15:00:00",
    }
    return "wp_insert_post", [values | more]


def empty(wordpress: WordPress) -> None:
    """Take away what lies there, WordPress's own first post included."""
    (numbers,) = wordpress.run(("get_posts", [{"numberposts": -1, "post_status": "any", "fields": "ids"}]))
    wordpress.run(*(("wp_delete_post", [number, True]) for number in numbers))


def collect(world: World) -> Collected:
    (result,) = world.pipeline.collect()
    assert result.visit.found is not None, result.visit.error
    return result  # type: ignore[no-any-return]


def is_unchanged(world: World) -> bool:
    found = collect(world).visit.found
    return found is not None and found.unchanged


def on_offer(world: World) -> set[str]:
    """The titles that a draft may take in."""
    with world.database.read() as session:
        return set(session.scalars(select(ArticleRow.title).where(ArticleRow.withdrawn_at.is_(None))))


def test_three_collections(wordpress: WordPress, new_newsroom: Callable[..., World]) -> None:
    newsroom = new_newsroom()
    empty(wordpress)
    scheduled = {"post_status": "future", "post_date_gmt": "2126-01-01 00:00:00", "post_date": "2126-01-01 00:00:00"}
    asia, nato, late, locked = wordpress.run(
        post("Asia"),
        post("NATO"),
        post("Late", **scheduled),
        post("Locked", post_password="x"),
    )
    first = collect(newsroom)
    assert (first.new, on_offer(newsroom)) == (2, {"Asia", "NATO"})
    assert "needs a password" in str(first.visit.found and first.visit.found.problems)
    assert is_unchanged(newsroom)

    newsroom.clock.move(hours=1)
    wordpress.run(
        ("wp_update_post", [{"ID": asia, "post_title": "Asia, corrected"}]),
        ("wp_trash_post", [nato]),
        # Cron comes late: it publishes what was due before our last visit, and leaves its last change as it was.
        ("update", [{"post_date_gmt": "2026-01-05 15:00:00", "post_date": "2026-01-05 15:00:00"}, {"ID": late}]),
        ("clean_post_cache", [late]),
        ("wp_publish_post", [late]),
        ("wp_update_post", [{"ID": locked, "post_password": ""}]),
        post("New", tags_input=["op-ed"]),
    )
    second = collect(newsroom)
    assert (second.new, second.changed) == (3, 1)
    assert on_offer(newsroom) == {"Asia, corrected", "Late", "Locked", "New"}
    with newsroom.database.read() as session:
        row = session.scalars(select(ArticleRow).where(ArticleRow.title == "New")).one()
        assert (row.kind, row.excerpt, row.people) == ("op-ed", "About New.", [])
        corrected = session.scalars(select(ArticleRow.title).where(ArticleRow.corrected_at.is_not(None))).all()
        assert corrected == ["Asia, corrected"]

    newsroom.clock.move(hours=1)
    wordpress.run(
        ("wp_update_post", [{"ID": asia, "post_password": "x"}]),
        ("wp_untrash_post", [nato]),
        ("wp_publish_post", [nato]),
        ("wp_update_post", [{"ID": late, "post_status": "draft"}]),
    )
    third = collect(newsroom)
    assert third.new == 0
    assert on_offer(newsroom) == {"NATO", "Locked", "New"}
    assert is_unchanged(newsroom)


def test_an_application_password_opens_what_is_scheduled(
    world: World, wordpress: WordPress, new_newsroom: Callable[..., World]
) -> None:
    (password, _), *_ = wordpress.run(
        ("WP_Application_Passwords::create_new_application_password", [1, {"name": str(world.folder)}]),
        post("Planned", post_status="future", post_date_gmt="2126-01-01 00:00:00", post_date="2126-01-01 00:00:00"),
    )
    collect(new_newsroom())
    assert "Planned" not in on_offer(world)
    collect(new_newsroom(username="admin", password=password, statuses=("publish", "future")))
    assert "Planned" in on_offer(world)
