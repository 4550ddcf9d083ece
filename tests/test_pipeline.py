"""collect → compose → deliver → record, on both databases, with a folder in place of the network."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import subscribers
from digest.errors import EditionError
from digest.models import ArticleRow, DeliveryRow, DigestRow, EditionRow
from digest.record.editions import Change

World = Any  # tests/conftest.py


def test_each_reader_gets_her_topics_and_nothing_else(world: World) -> None:
    world.publish("On Asia", "Asia Program")
    world.publish("On NATO", "NATO")
    world.subscribe("asia", "asia")
    world.subscribe("all")
    world.edition()
    assert world.send() == {"sent": 2}
    letters = world.letters()
    assert "On Asia" in world.text_of(letters["asia@example.com"])
    assert "On NATO" not in world.text_of(letters["asia@example.com"])
    assert "On NATO" in world.text_of(letters["all@example.com"])


def test_no_news_is_no_letter_and_a_row_says_so(world: World) -> None:
    world.publish("On Asia", "Asia Program")
    world.subscribe("nato", "nato")
    edition = world.edition()
    assert world.send() == {}
    assert world.pipeline.forecast(edition).left_out == {"nothing new in her topics": 1}
    assert world.desk.standing(edition).state == "sent"


def test_the_next_edition_holds_only_what_is_new(world: World) -> None:
    world.subscribe("all")
    world.publish("First", "NATO")
    world.edition()
    world.send()
    world.clock.move(days=7)
    world.publish("Second", "NATO", date="2026-01-13")
    world.edition()
    world.send()
    letter = world.text_of(world.letters()["all@example.com"])
    assert "Second" in letter
    assert "First" not in letter


def test_what_was_old_when_first_seen_never_enters_a_letter(world: World) -> None:
    world.subscribe("all")
    world.publish("Old", "NATO", date="2023-08-17")
    world.publish("New", "NATO")
    world.edition()
    world.send()
    assert "Old" not in world.text_of(world.letters()["all@example.com"])


def test_approval_seals_content_but_not_readers(world: World) -> None:
    world.publish("Sealed", "NATO")
    world.edition()
    world.publish("Sealed again", "NATO", name="sealed")
    world.subscribe("late")
    world.send()
    letter = world.letters()["late@example.com"]
    assert letter["Subject"] == "Sealed"


def test_a_withdrawn_article_stops_the_send_and_ops_are_told(world: World) -> None:
    world.subscribe("all")
    world.publish("Withdrawn", "NATO")
    edition = world.edition()
    with world.database.write() as session:
        session.scalars(select(ArticleRow)).one().withdrawn_at = world.clock()
    world.send()
    standing = world.desk.standing(edition)
    assert (standing.state, standing.reason) == ("draft", "article “Withdrawn”: its source has withdrawn it")
    assert list(world.letters()) == ["ops@example.org"]


def test_staffs_changes_are_in_the_letter(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.publish(title, "NATO")
    world.subscribe("all")
    edition = world.desk.compose("weekly")
    ids = {article.title: article.id for article in world.desk.content(edition).articles}
    world.desk.change(edition, Change(subject="Ours", intro="A word first.", lead=ids["Two"], hide=(ids["One"],)))
    world.desk.approve(edition)
    world.send()
    letter = world.letters()["all@example.com"]
    assert letter["Subject"] == "Ours"
    assert "A word first." in world.text_of(letter)
    assert "One" not in world.text_of(letter)
    assert world.text_of(letter).index("Two") < world.text_of(letter).index("Three")


def test_a_change_to_an_article_that_is_not_there_is_refused(world: World) -> None:
    world.publish("One", "NATO")
    with pytest.raises(EditionError, match="has no article 99"):
        world.desk.change(world.desk.compose("weekly"), Change(hide=(99,)))


def test_composing_again_brings_the_draft_up_to_date_and_keeps_changes(world: World) -> None:
    world.publish("One", "NATO")
    edition = world.desk.compose("weekly")
    world.desk.change(edition, Change(subject="Ours"))
    world.clock.move(minutes=5)
    world.publish("Two", "NATO")
    assert world.desk.compose("weekly") == edition
    content = world.desk.content(edition)
    assert (content.subject, len(content.articles)) == ("Ours", 2)


def test_two_editions_by_hand_may_be_made_in_one_minute(world: World) -> None:
    world.subscribe("all")
    for seconds, title in ((0, "One"), (10, "Two"), (10.5, "Three")):
        world.clock.move(seconds=seconds)
        world.publish(title, "NATO")
        world.edition()
        assert world.send() == {"sent": 1}
    assert "Three" in world.text_of(world.letters()["all@example.com"])


def test_a_proof_is_marked_recorded_and_outside_the_sums(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("all")
    edition = world.desk.compose("weekly")
    world.pipeline.proof(edition, world.desk.digest_key(edition), "boss@example.org")
    assert world.letters()["boss@example.org"]["Subject"] == "[TEST] One"
    with world.database.read() as session:
        row = session.scalars(select(DeliveryRow)).one()
        assert (row.letter, row.edition_id, row.state) == ("proof", None, "sent")


def test_a_freeze_may_be_repeated(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    edition = world.edition()
    world.pipeline.freeze(edition)
    with world.database.write() as session:
        session.get_one(EditionRow, edition).state = "approved"
    world.subscribe("bea")
    world.pipeline.freeze(edition)
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 2
        assert session.scalar(select(func.count()).select_from(DigestRow)) == 1


def test_a_forecast_writes_nothing_and_is_right(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    world.subscribe("bea", "asia")
    edition = world.edition()
    before = world.pipeline.forecast(edition)
    world.send()
    assert (before.letters, before.domains, before.left_out) == (
        1,
        {"example.com": 1},
        {"nothing new in her topics": 1},
    )
    with world.database.read() as session:
        assert sorted(session.scalars(select(DeliveryRow.state))) == ["left_out", "sent"]


def test_two_senders_at_once_send_nobody_two_letters(new_world: Callable[..., World]) -> None:
    first = new_world()
    first.publish("One", "NATO")
    for number in range(60):
        first.subscribe(f"reader{number}")
    first.edition()
    second = new_world()
    outcomes: list[int] = []
    threads = [
        threading.Thread(target=lambda world=world: outcomes.append(world.send().get("sent", 0)))
        for world in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == len(first.letters()) == 60


def test_a_stop_leaves_the_rest_for_the_next_send(world: World) -> None:
    world.publish("One", "NATO")
    for number in range(20):
        world.subscribe(f"reader{number}")
    edition = world.edition()

    async def send_and_stop() -> int:
        stop = asyncio.Event()
        sent = await world.pipeline.send(stop=stop, report=lambda _: stop.set())
        return int(sent.remaining)

    waiting = asyncio.run(send_and_stop())
    assert 0 < waiting < 20
    assert world.send() == {"sent": waiting}
    assert world.desk.standing(edition).state == "sent"


def test_a_monthly_reader_gets_one_letter_a_month_and_everything_in_it(world: World) -> None:
    ann = world.subscribe("ann")
    with world.database.write() as session:
        monthly = subscribers.Preferences(None, subscribers.Rhythm.MONTHLY, "en")
        subscribers.change_preferences(session, ann, "weekly", monthly, via="page", now=world.clock())
    letters = []
    for week, name in enumerate(("First", "Second", "Third", "Fourth", "Fifth")):  # 7 January … 4 February
        world.publish(name, "NATO", date=(world.clock() - timedelta(days=1)).date().isoformat())
        edition = world.edition()
        if world.send():
            letters.append((week, world.text_of(world.letters()["ann@example.com"])))
        else:
            assert world.pipeline.forecast(edition).left_out == {"wants one letter a month, and has this month's": 1}
        world.clock.move(days=7)
    assert [week for week, _ in letters] == [0, 4]
    held = [[name for name in ("First", "Second", "Third", "Fourth", "Fifth") if name in text] for _, text in letters]
    assert held == [["First"], ["Second", "Third", "Fourth", "Fifth"]]


def test_an_erased_reader_leaves_only_a_number_behind(world: World) -> None:
    from digest.record import erasure

    world.publish("One", "NATO")
    ann = world.subscribe("ann")
    edition = world.edition()
    world.send()
    with world.database.write() as session:
        erasure.erase(session, ann, via="command line", now=world.clock())
    with world.database.read() as session:
        row = session.scalars(select(DeliveryRow).where(DeliveryRow.edition_id == edition)).one()
        assert (row.state, row.subscriber_id, row.slots) == ("sent", None, None)


def test_links_in_the_letter_speak_for_its_reader(world: World) -> None:
    from digest.tokens import Link, read_link

    world.publish("One", "NATO")
    ann = world.subscribe("ann")
    world.edition()
    world.send()
    header = str(world.letters()["ann@example.com"]["List-Unsubscribe"])
    token = header.strip("<>").rpartition("/")[2]
    assert read_link(world.pipeline.keys, "unsubscribe", token) == Link(ann, "weekly")


def test_a_pause_of_the_reader_ends_without_loss(world: World) -> None:
    ann = world.subscribe("ann")
    world.publish("First", "NATO")
    world.edition()
    world.send()
    with world.database.write() as session:
        subscribers.pause(session, ann, world.clock() + timedelta(days=8), via="page", now=world.clock())
    for title, date in (("Second", "2026-01-13"), ("Third", "2026-01-20")):
        world.clock.move(days=7)
        world.publish(title, "NATO", date=date)
        world.edition()
        world.send()
    letter = world.text_of(world.letters()["ann@example.com"])
    assert "Second" in letter
    assert "Third" in letter
    assert "First" not in letter


def test_two_senders_may_freeze_one_edition_at_once(new_world: Callable[..., World]) -> None:
    worlds = [new_world(), new_world()]
    worlds[0].publish("On Asia", "Asia Program")
    worlds[0].publish("On NATO", "NATO")
    for number in range(90):
        worlds[0].subscribe(f"reader{number}", *((), ("asia",), ("nato",))[number % 3])
    edition = worlds[0].edition()
    failed: list[BaseException] = []

    def freeze(world: World) -> None:
        try:
            world.pipeline.freeze(edition)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=freeze, args=(world,)) for world in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with worlds[0].database.read() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 90


def test_a_cancelled_edition_leaves_out_those_who_wait(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    edition = world.edition()
    world.pipeline.freeze(edition)
    world.desk.cancel(edition)
    world.desk.cancel(edition)
    assert world.send() == {}
    assert world.pipeline.forecast(edition).left_out == {"edition cancelled": 1}
