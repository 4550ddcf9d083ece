"""Collecting, end to end: whose turn it is, what a first collection brings, who hears of trouble. A real server."""

import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from digest import scheduler
from digest.errors import SourceError
from digest.models import SourceRow
from digest.pipeline import Collected
from digest.types import Fetch, Found, FoundArticle, SetUpSource, Validators

World = Any  # tests/conftest.py


def feed(*items: tuple[str, Any], dated: bool = True) -> bytes:
    written = [
        f"<item><guid>{name}</guid><title>{name}</title><link>https://e.org/{name}</link><category>NATO</category>"
        + (f"<pubDate>{format_datetime(at)}</pubDate>" if dated else "")
        + "</item>"
        for name, at in items
    ]
    return f"<rss version='2.0'><channel><title>t</title>{''.join(written)}</channel></rss>".encode()


@pytest.fixture
def reading(new_world: Any) -> Any:
    """Makes worlds with feeds as their sources: `reading({"name": "a", "url": …})`."""

    def make(*sources: dict[str, Any]) -> World:
        written = [json.dumps({"kind": "feed", "allow_private": True, **source}) for source in sources]
        return new_world(sources=", ".join(written))

    return make


def asked(site: Any) -> list[str]:
    paths = [one.path for one in site.asked]
    site.asked.clear()
    return sorted(paths)


def test_the_clock_asks_only_whose_turn_it_is(reading: Any, site: Any, answer: Any) -> None:
    world = reading(*({"name": name, "url": f"{site.url}/{name}"} for name in ("a", "b")))
    site.answers = {"/a": answer(feed()), "/b": answer(b"", 503, {"Retry-After": "7200"})}
    scheduler.collect(world.pipeline)
    assert asked(site) == ["/a", "/b"]
    scheduler.collect(world.pipeline)
    assert asked(site) == []
    world.clock.move(minutes=70)
    scheduler.collect(world.pipeline)
    assert asked(site) == ["/a"]
    world.pipeline.collect()
    assert asked(site) == ["/a"]
    world.pipeline.collect(["b"])
    assert asked(site) == ["/b"]


def test_before_a_draft_all_are_asked_once_more(reading: Any, site: Any, answer: Any) -> None:
    world = reading({"name": "a", "url": f"{site.url}/a"})
    seldom = [(f"n{days}", world.clock() - timedelta(days=days)) for days in range(1, 30, 3)]
    site.answers["/a"] = answer(feed(*seldom))
    scheduler.tick(world.pipeline)
    world.clock.move(days=5, hours=22, minutes=30)  # the draft of next Wednesday is made on Tuesday at nine
    scheduler.collect(world.pipeline)
    assert asked(site) == ["/a"]
    world.clock.move(hours=1)
    scheduler.collect(world.pipeline)
    assert asked(site) == []
    world.clock.move(minutes=16)
    for _ in range(2):
        scheduler.collect(world.pipeline)
        world.clock.move(minutes=1)
    assert asked(site) == ["/a"]


def test_conditions_survive_a_restart(reading: Any, site: Any, answer: Any) -> None:
    source = {"name": "a", "url": f"{site.url}/a"}
    world = reading(source)
    site.answers["/a"] = answer(feed(("x", world.clock())), headers={"ETag": '"1"'})
    world.pipeline.collect()
    again = reading(source)
    site.answers["/a"] = answer(status=304)
    (result,) = again.pipeline.collect()
    assert site.asked[-1].headers["if-none-match"] == '"1"'
    assert result.visit.found.unchanged


@pytest.mark.parametrize("etag", ['"\xff\xfe"', '"' + "e" * 8000 + '"', '"é"', "\x7f", '""'])
def test_a_strange_etag_hurts_nobody(reading: Any, site: Any, answer: Any, etag: str) -> None:
    world = reading(*({"name": name, "url": f"{site.url}/{name}"} for name in ("a", "b")))
    strange = answer(feed(("x", world.clock())), headers={"ETag": etag, "Last-Modified": etag})
    site.answers = {"/a": strange, "/b": answer(feed(("y", world.clock())))}
    for new in (1, 0):
        results = {one.visit.name: one for one in world.pipeline.collect()}
        assert results["b"].new == new
        assert (results["a"].new, results["a"].visit.error) == (new, "")


class Careless:
    def __init__(self, title: str) -> None:
        self.title = title

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        return Found((FoundArticle("1", self.title, f"https://e.org/{len(self.title)}"),))


@pytest.mark.parametrize("title", ["\ud800", "\0"])
def test_what_cannot_be_stored_costs_the_others_nothing(world: World, title: str) -> None:
    careless = {"careless": SetUpSource(Careless(title), ""), "good": SetUpSource(Careless("Good"), "")}
    pipeline = replace(world.pipeline, sources=careless)
    results = {one.visit.name: one for one in pipeline.collect()}
    assert results["good"].new == 1
    with world.database.read() as session:
        row = session.get_one(SourceRow, "careless")
    refused = world.database.engine.dialect.name == "postgresql" or title != "\0"
    assert ("cannot be stored" in row.error) is refused


def test_an_unknown_source_is_named(world: World) -> None:
    with pytest.raises(SourceError, match=r"there is no source 'typo'; config\.yaml has: desk"):
        world.pipeline.collect(["typo"])


def test_a_source_that_may_lead_to_private_addresses_does_not_let_others(reading: Any, site: Any, answer: Any) -> None:
    at = f"{site.url}/feed"
    trusted, other = {"name": "ours", "url": at}, {"name": "theirs", "url": at, "allow_private": False}
    world = reading(trusted, other)
    site.answers["/feed"] = answer(feed(("x", world.clock())))
    results: dict[str, Collected] = {one.visit.name: one for one in world.pipeline.collect()}
    assert results["ours"].new == 1
    assert "no address of the public internet" in results["theirs"].visit.error
    assert len(site.asked) == 1


@pytest.mark.parametrize("dated", [True, False])
def test_of_a_first_collection_only_the_newest_are_news(reading: Any, site: Any, answer: Any, dated: bool) -> None:
    world = reading({"name": "a", "url": f"{site.url}/a", "first_collection": 2})
    world.subscribe("ann")
    now = world.clock()
    old = [(f"n{number}", now - timedelta(hours=number)) for number in range(1, 6)]
    site.answers["/a"] = answer(feed(*old, dated=dated))
    world.pipeline.collect()
    edition = world.desk.compose("weekly")
    assert sorted(article.title for article in world.desk.content(edition).articles) == ["n1", "n2"]
    world.clock.move(hours=1)
    site.answers["/a"] = answer(feed(*[(f"m{number}", world.clock()) for number in range(4)], *old, dated=dated))
    world.pipeline.collect()
    edition = world.desk.compose("weekly")
    titles = sorted(article.title for article in world.desk.content(edition).articles)
    assert titles == ["m0", "m1", "m2", "m3", "n1", "n2"]


def test_a_source_that_never_failed_to_be_read_has_its_first_collection_when_it_is(
    reading: Any, site: Any, answer: Any
) -> None:
    world = reading({"name": "a", "url": f"{site.url}/a", "first_collection": 0})
    world.pipeline.collect()
    site.answers["/a"] = answer(feed(("x", world.clock())))
    world.pipeline.collect()
    assert not world.desk.content(world.desk.compose("weekly")).articles


def notices(world: World) -> dict[str, str]:
    """Who was mailed what since the last look, by address."""
    before = {file.name for file in (world.folder / "letters").glob("*.eml")}
    world.send()
    new = {file.name for file in (world.folder / "letters").glob("*.eml")} - before
    return {address: world.text_of(letter) for address, letter in world.letters(new).items()}


def test_staff_and_ops_are_told_once_that_a_source_is_silent(reading: Any, site: Any, answer: Any) -> None:
    world = reading({"name": "a", "url": f"{site.url}/a"})
    items = [(f"n{number}", world.clock() - timedelta(days=number)) for number in range(10)]
    site.answers["/a"] = answer(feed(*items))
    world.pipeline.collect()
    world.clock.move(days=4)
    world.pipeline.collect()
    assert notices(world) == {}
    world.clock.move(days=5)
    world.pipeline.collect()
    told = notices(world)
    assert sorted(told) == ["desk@example.org", "ops@example.org"]
    assert "Source a is silent for 9 days, usually 1 a day" in told["desk@example.org"]
    assert "under “staff” in config.yaml" in told["desk@example.org"]
    world.clock.move(days=1)
    world.pipeline.collect()
    assert notices(world) == {}
    site.answers["/a"] = answer(feed(("new", world.clock()), *items))
    world.pipeline.collect()
    world.clock.move(days=30)
    world.pipeline.collect()
    assert len(notices(world)) == 2


def test_ops_are_told_once_that_a_source_fails_for_long_and_that_it_is_paused(
    reading: Any, site: Any, answer: Any
) -> None:
    world = reading({"name": "a", "url": f"{site.url}/a"})
    for _ in range(4):
        world.pipeline.collect()
        world.clock.move(hours=12)
    told = notices(world)
    assert list(told) == ["ops@example.org"]
    assert "Source a is failing for 1 day: the server says 404 Not Found" in " ".join(told["ops@example.org"].split())
    world.clock.move(days=7)
    scheduler.collect(world.pipeline)
    assert "Source a is paused" in notices(world)["ops@example.org"]
    site.asked.clear()
    world.clock.move(days=30)
    scheduler.collect(world.pipeline)
    assert site.asked == []
    site.answers["/a"] = answer(feed())
    world.pipeline.collect(["a"])
    world.clock.move(days=1)
    scheduler.collect(world.pipeline)
    assert asked(site) == ["/a", "/a"]


def test_the_list_of_sources_says_how_each_is_doing(reading: Any, site: Any, answer: Any, cli: Any) -> None:
    world = reading(*({"name": name, "url": f"{site.url}/{name}"} for name in ("a", "b", "c")))
    items = [(f"n{number}", world.clock() - timedelta(days=number)) for number in range(9, 19)]
    site.answers = {"/a": answer(feed(*items)), "/b": answer(b"", 410)}
    world.pipeline.collect(["a", "b"])
    if world.database.engine.dialect.name == "sqlite":
        now = world.clock().isoformat()
        shown = {one["name"]: one for one in json.loads(cli("sources", "--json", now=now).stdout)}
        assert {name: one["state"] for name, one in shown.items()} == {"a": "silent", "b": "paused", "c": "new"}
        assert shown["a"].keys() == shown["c"].keys()
        assert (shown["a"]["usually"], shown["a"]["next_at"] > now) == ("1 a day", True)
        table = cli("sources", now=now).stdout
        for words in ("silent for 9 days, usually 1 a day", "paused: the server says 410 Gone", "not asked yet"):
            assert words in table
        said = cli("collect", now=now)
        assert "a: unchanged" in said.stdout or "a: 0 new, 0 changed" in said.stdout
        assert "b: not asked; `digest sources` says why, and `digest collect b` asks it all the same" in said.stderr
