"""Topics that wait for enough to say: nothing is lost, nothing comes twice, and staff see it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from digest.models import DeliveryRow
from digest.web.preview import Choice, choose
from digest.web.preview.articles import list_articles

World = Any  # tests/conftest.py


def next_week(world: World, *articles: tuple[str, str]) -> dict[str, str]:
    """An edition with these articles (title, category); the text of each letter by who got it. A week passes."""
    sent_before = set((world.folder / "letters").glob("*"))
    for title, category in articles:
        world.publish(title, category, date=f"{world.clock():%Y-%m-%d}")
    world.edition()
    world.send()
    world.clock.move(days=7)
    new = {file.name for file in set((world.folder / "letters").glob("*")) - sent_before}
    return {str(letter["To"]).partition("@")[0]: world.text_of(letter) for letter in world.letters(new).values()}


def test_a_thin_topic_rolls_over_and_nothing_is_lost_or_comes_twice(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="2")
    world.subscribe("both")
    world.subscribe("nato", "nato")
    world.subscribe("asia", "asia")
    world.clock.move(hours=1)
    first = next_week(world, ("Asia One", "Asia Program"), ("Nato One", "NATO"))
    assert set(first) == {"both", "nato"}
    assert all("Nato One" in text and "Asia One" not in text for text in first.values())
    assert world.pipeline.forecast(1).left_out == {"too little new in her topics": 1}

    second = next_week(world, ("Asia Two", "Asia Program"), ("Nato Two", "NATO"))
    assert set(second) == {"both", "nato", "asia"}
    assert [second["both"].count(title) for title in ("Asia One", "Asia Two", "Nato Two", "Nato One")] == [1, 1, 1, 0]
    assert [second["asia"].count(title) for title in ("Asia One", "Asia Two", "Nato Two")] == [1, 1, 0]
    assert [second["nato"].count(title) for title in ("Asia One", "Asia Two", "Nato Two")] == [0, 0, 1]

    third = next_week(world, ("Nato Three", "NATO"))
    assert set(third) == {"both", "nato"}
    assert not any(title in third["both"] for title in ("Asia One", "Asia Two", "Nato Two"))


def test_a_topic_may_wait_several_weeks(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="3")
    world.subscribe("both")
    for week in ("One", "Two"):
        letters = next_week(world, (f"Asia {week}", "Asia Program"), (f"Nato {week}", "NATO"))
        assert "Asia" not in letters["both"]
    third = next_week(world, ("Asia Three", "Asia Program"))
    assert [third["both"].count(f"Asia {week}") for week in ("One", "Two", "Three")] == [1, 1, 1]
    assert next_week(world, ("Nato Four", "NATO"))["both"].count("Asia One") == 0


def test_a_letter_that_never_arrived_held_nothing_back(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="2")
    world.subscribe("both")
    world.clock.move(hours=1)
    next_week(world, ("Asia One", "Asia Program"), ("Nato One", "NATO"))
    with world.database.write() as session:
        session.scalars(select(DeliveryRow)).one().state = "failed"
    second = next_week(world, ("Asia Two", "Asia Program"))
    assert [second["both"].count(title) for title in ("Asia One", "Asia Two", "Nato One")] == [1, 1, 1]


def test_staff_see_what_rolled_over_as_the_usual_reader_does(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="2")
    world.subscribe("both")
    next_week(world, ("Asia One", "Asia Program"), ("Nato One", "NATO"))
    world.publish("Asia Two", "Asia Program", date="2026-01-13")
    plan = world.desk.plan("weekly")
    edition = world.desk.draft_due(plan, datetime(2026, 1, 14, 9), world.clock())
    assert world.desk.standing(edition).state == "draft"
    key = world.desk.digest_key(edition)
    assert (key.topics, len(key.before)) == (("asia",), 1)


def draft_of(world: World, day: int) -> Any:
    """The edition that the clock drafts for 09:00 on that day of January."""
    return world.desk.standing(
        world.desk.draft_due(world.desk.plan("weekly"), datetime(2026, 1, day, 9), world.clock())
    )


def test_an_edition_with_too_little_for_anybody_is_skipped(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="2")
    world.subscribe("both")
    world.publish("Asia One", "Asia Program")
    assert draft_of(world, 7).state == "skipped"
    world.clock.move(days=7)
    world.publish("Asia Two", "Asia Program", date="2026-01-13")
    assert draft_of(world, 14).state == "draft"


def test_what_is_enough_for_one_who_waited_is_not_skipped(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="2")
    world.subscribe("both")
    world.subscribe("asia", "asia")
    world.clock.move(hours=1)
    world.publish("Asia and Nato", "Asia Program", "NATO")
    assert set(next_week(world)) == {"both"}
    world.publish("Asia Two", "Asia Program", date="2026-01-13")
    edition = draft_of(world, 14)
    assert edition.state == "draft"
    world.desk.approve(edition.id)
    assert world.send() == {"sent": 2}  # the letter to staff is one of them
    asia = world.text_of(world.letters()["asia@example.com"])
    assert [asia.count(title) for title in ("Asia and Nato", "Asia Two")] == [1, 1]


def test_the_preview_says_what_waits_and_who_gets_nothing_yet(new_world: Callable[..., World]) -> None:
    world = new_world(asia_minimum="2")
    world.subscribe("both")
    world.subscribe("asia", "asia")
    world.publish("Asia One", "Asia Program")
    world.publish("Nato One", "NATO")
    edition, secret = world.desk.compose("weekly"), world.pipeline.keys.address
    hers = choose(world.desk, secret, Choice(edition, subscriber="asia@example.com"))
    assert (hers.key, hers.remark) == (None, "She would get nothing: too little new in her topics.")
    both = choose(world.desk, secret, Choice(edition, subscriber="both@example.com"))
    lines = list_articles(world.desk, edition, world.desk.content(edition), both.key)
    assert {line.title: line.where for line in lines} == {
        "Asia One": "Waits until there is more on its topic",
        "Nato One": "Lead",
    }
