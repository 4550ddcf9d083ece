"""collect → compose → deliver → record, on both databases, with a folder in place of the network."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import subscribers
from digest.errors import EditionError
from digest.models import ArticleRow, DeliveryRow, DigestRow, EditionRow
from digest.record.editions import Change
from digest.record.pace import Rates, WarmUp
from digest.types import Outgoing, Reply, Stage
from digest.web.preview import Choice, choose
from digest.web.preview.articles import list_articles

World = Any  # tests/conftest.py


def text_of(letter: Any) -> str:
    return str(letter.get_body(("plain",)).get_content())


def test_each_reader_gets_her_topics_and_nothing_else(world: World) -> None:
    world.publish("On Asia", "Asia Program")
    world.publish("On NATO", "NATO")
    world.subscribe("asia", "asia")
    world.subscribe("all")
    world.edition()
    assert world.send() == {"sent": 2}
    letters = world.letters()
    assert "On Asia" in text_of(letters["asia@example.com"])
    assert "On NATO" not in text_of(letters["asia@example.com"])
    assert "On NATO" in text_of(letters["all@example.com"])


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
    letter = text_of(world.letters()["all@example.com"])
    assert "Second" in letter
    assert "First" not in letter


def next_week(world: World, *articles: tuple[str, str]) -> dict[str, str]:
    """An edition with these articles (title, category); the text of each letter by who got it. A week passes."""
    sent_before = set((world.folder / "letters").glob("*"))
    for title, category in articles:
        world.publish(title, category, date=f"{world.clock():%Y-%m-%d}")
    world.edition()
    world.send()
    world.clock.move(days=7)
    new = {file.name for file in set((world.folder / "letters").glob("*")) - sent_before}
    return {str(letter["To"]).partition("@")[0]: text_of(letter) for letter in world.letters(new).values()}


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
    asia = text_of(world.letters()["asia@example.com"])
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


def test_what_was_old_when_first_seen_never_enters_a_letter(world: World) -> None:
    world.subscribe("all")
    world.publish("Old", "NATO", date="2023-08-17")
    world.publish("New", "NATO")
    world.edition()
    world.send()
    assert "Old" not in text_of(world.letters()["all@example.com"])


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
    assert "A word first." in text_of(letter)
    assert "One" not in text_of(letter)
    assert text_of(letter).index("Two") < text_of(letter).index("Three")


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
    assert "Three" in text_of(world.letters()["all@example.com"])


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
    letter = text_of(world.letters()["ann@example.com"])
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


@dataclass
class Picky:
    """A mail server that judges each address by its domain; it is its own only relay and connection."""

    verdicts: dict[str, tuple[int, str]]
    taken: list[Outgoing] = field(default_factory=list)
    offered: list[Outgoing] = field(default_factory=list)
    name: str = "picky:25"
    connections: int = 1
    weight: int = 1
    usable: bool = True

    @property
    def relays(self) -> list["Picky"]:
        return [self]

    async def connect(self) -> "Picky":
        return self

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        self.offered.append(mail)
        code, enhanced = self.verdicts.get(mail.recipient.rpartition("@")[2], (250, "2.0.0"))
        if code == 250:
            self.taken.append(mail)
        return Reply(Stage.BODY if code == 250 else Stage.RCPT, code, "in its own words", enhanced)

    async def close(self) -> None:
        """Nothing to close."""


def send_by(world: World, server: Picky) -> Any:
    @contextmanager
    def opened() -> Iterator[Any]:
        yield server

    return asyncio.run(replace(world.pipeline, open_sender=opened).send())


def message_ids(mails: Sequence[Outgoing]) -> dict[str, bytes]:
    return {
        mail.recipient: next(line for line in mail.message.split(b"\r\n") if line.startswith(b"Message-ID:"))
        for mail in mails
    }


def test_failed_deliveries_are_tried_again_under_their_message_ids_unless_their_reader_has_left(world: World) -> None:
    world.publish("One", "NATO")
    stays, leaves = world.subscribe("stays"), world.subscribe("leaves")
    edition = world.edition()
    assert send_by(world, Picky({"example.com": (550, "5.1.1")})).outcomes == {"failed": 2}
    assert world.desk.standing(edition).state == "sent"
    with world.database.write() as session:
        before = {row.subscriber_id: row.slots["message_id"] for row in session.scalars(select(DeliveryRow))}
        subscribers.unsubscribe(session, leaves, "weekly", via="one-click", now=world.clock())
    assert world.pipeline.try_failed_again(edition) == 2
    good = Picky({})
    assert send_by(world, good).outcomes == {"sent": 1}
    assert before[stays].encode() in message_ids(good.taken)["stays@example.com"]
    assert world.desk.standing(edition).state == "sent"


def test_every_try_of_a_delivery_carries_its_one_message_id(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    world.edition()
    first, second = Picky({"example.com": (451, "4.2.1")}), Picky({})
    assert send_by(world, first).outcomes == {"deferred": 1}
    world.clock.move(hours=1)
    send_by(world, second)
    assert message_ids(first.offered)["ann@example.com"] == message_ids(second.taken)["ann@example.com"]


def test_only_what_was_sent_has_failed_deliveries(world: World) -> None:
    world.publish("One", "NATO")
    with pytest.raises(EditionError, match="is draft; only one that was sent"):
        world.pipeline.try_failed_again(world.desk.compose("weekly"))


def test_ops_have_one_mail_where_a_receiver_refuses_us_for_its_policy(world: World) -> None:
    world.publish("One", "NATO")
    for number in range(8):
        world.subscribe(f"reader{number}")
    world.edition()
    server = Picky({"example.com": (550, "5.7.1")})
    sent = send_by(world, server)
    world.clock.move(hours=2)
    send_by(world, server)
    told = [mail for mail in server.taken if b"refuses our letters as a matter of policy" in mail.message]
    assert [mail.recipient for mail in told] == ["ops@example.org"]
    assert sent.resting == ("example.com rests until 2026-01-07 15:00 UTC: policy",)


def test_a_relay_warms_up_day_by_day(world: World) -> None:
    pipeline = replace(world.pipeline, rates=Rates(relay=1.0, warm_up=WarmUp(first_day=8640, growth=2)))
    rates = []
    for _ in range(5):
        rates.append(pipeline.relay_rate("relay:mx:25"))
        world.clock.move(days=1)
    assert rates == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0])
    assert world.pipeline.relay_rate("relay:mx:25") is None


def test_a_cancelled_edition_leaves_out_those_who_wait(world: World) -> None:
    world.publish("One", "NATO")
    world.subscribe("ann")
    edition = world.edition()
    world.pipeline.freeze(edition)
    world.desk.cancel(edition)
    world.desk.cancel(edition)
    assert world.send() == {}
    assert world.pipeline.forecast(edition).left_out == {"edition cancelled": 1}
