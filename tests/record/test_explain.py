"""What somebody got of an edition and why, or why not."""

from datetime import timedelta, tzinfo
from typing import Any

from digest.record.explain import explain

World = Any  # tests/conftest.py


def told(world: World, person: int, edition: int | None = None) -> list[dict[str, Any]]:
    def bounds(key: str) -> tuple[timedelta, tzinfo]:
        return world.desk.plan(key).max_age, world.desk.plan(key).zone

    with world.database.read() as session:
        return list(explain(session, person, edition, bounds=bounds, now=world.clock()))


def test_each_article_is_there_for_her_topics_and_the_servers_words_are_kept(world: World) -> None:
    world.publish("On Asia", "Asia Program")
    world.publish("On both", "Asia", "NATO")
    world.publish("On NATO", "NATO")
    ann = world.subscribe("ann", "asia")
    edition = world.edition()
    world.send()
    (row,) = told(world, ann, edition)
    assert (row["state"], row["why"], row["follows"]) == ("sent", "the mail server took it", ("asia",))
    assert {article["title"]: article["because"] for article in row["articles"]} == {
        "On Asia": ["Asia"],
        "On both": ["Asia"],
    }
    assert [(attempt["code"], attempt["text"]) for attempt in row["attempts"]] == [(250, "written")]
    assert row["since"] < row["articles"][0]["first_seen_at"] <= row["until"]


def test_who_was_passed_over_is_told_why(world: World) -> None:
    world.publish("On Asia", "Asia Program")
    nato, pending = world.subscribe("nato", "nato"), world.subscribe("pending", confirmed=False)
    edition = world.edition()
    assert told(world, nato, edition)[0]["why"] == "not sent yet; she gets it if it has news in her topics"
    assert told(world, pending, edition)[0]["why"] == "address not confirmed"
    world.send()
    assert [told(world, person, edition)[0]["why"] for person in (nato, pending)] == [
        "nothing new in her topics",
        "address not confirmed",
    ]


def test_who_came_later_was_no_reader_then_and_the_newest_edition_stands_first(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    first = world.edition()
    world.send()
    late = world.subscribe("late")
    world.clock.move(days=7)
    world.publish("Two", "NATO", date="2026-01-13")
    second = world.edition()
    world.send()
    rows = told(world, late)
    assert [row["edition"] for row in rows] == [second, first]
    assert rows[0]["state"] == "sent"
    assert rows[1]["why"] == "she was no reader of it when its recipients were fixed"
