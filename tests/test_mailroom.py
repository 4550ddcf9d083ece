"""Letters to subscribers: composed after they were queued, in her language, and looked at again before they leave."""

import re
from typing import Any

import pytest
from sqlalchemy import select

import subscribers
from digest import compose
from digest.models import BlueprintRow, DeliveryRow
from digest.record import letters, views
from digest.record.permission import LETTERS
from digest.scheduler import letters as clock_composes
from subscribers import Mail, Preferences, Reason, Rhythm

World = Any  # tests/conftest.py
LINKS = {"confirm": "C-T", "preferences": "P-T", "unsubscribe": "U-T", "account": "A-T", "subscribe": "weekly"}


def queue(world: World, letter: str, subscriber_id: int, token: str = "1", address: str = "") -> None:
    mail = Mail(letter, subscriber_id, "weekly", address)
    links = LINKS | {"address": "N-T"}
    with world.database.write() as session:
        letters.queue_mail(session, mail, token=token, links=links, domain="example.org", now=world.clock())


def reasons(world: World) -> list[tuple[str, str]]:
    with world.database.read() as session:
        return [tuple(row) for row in session.execute(select(DeliveryRow.state, DeliveryRow.reason))]


def test_a_letter_leaves_with_its_link_and_the_reader_topics(world: World) -> None:
    ann = world.subscribe("ann", "asia", confirmed=False)
    queue(world, "confirm", ann)
    assert world.send() == {"sent": 1}
    letter = world.letters()["ann@example.com"]
    text = " ".join(world.text_of(letter).split())
    assert letter["Subject"] == "Please confirm: The weekly"
    assert "http://127.0.0.1:8000/confirm/C-T " in text
    assert "Topics: Asia" in text
    assert "until Wednesday, January 14, 2026" in text
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_letter_says_when_the_first_edition_comes(world: World) -> None:
    queue(world, "welcome", world.subscribe("ann"))
    world.send()
    assert "Your first letter is planned for" in world.text_of(world.letters()["ann@example.com"])


def test_the_same_letter_is_queued_once(world: World) -> None:
    ann = world.subscribe("ann")
    for token in ("1", "1", "2"):
        queue(world, "welcome", ann, token)
    assert world.send() == {"sent": 2}


def test_letters_that_say_the_same_share_a_blueprint(world: World) -> None:
    for name in ("ann", "bea", "cat"):
        queue(world, "goodbye" if name == "cat" else "welcome", world.subscribe(name))
    assert world.pipeline.compose_letters() == 3
    assert world.pipeline.compose_letters() == 0
    with world.database.read() as session:
        assert len(session.scalars(select(BlueprintRow.id)).all()) == 2


def test_the_clock_composes_while_a_sender_is_busy(world: World) -> None:
    queue(world, "welcome", world.subscribe("ann"))
    clock_composes(world.pipeline)
    with world.database.read() as session:
        assert session.scalars(select(DeliveryRow.blueprint_id)).one() is not None


def test_a_letter_that_cannot_be_composed_fails_and_keeps_no_other_waiting(world: World) -> None:
    ann = world.subscribe("ann")
    with world.database.write() as session:
        gone = Mail("welcome", ann, "no-such-newsletter")
        letters.queue_mail(session, gone, token="1", links=LINKS, domain="example.org", now=world.clock())
    queue(world, "welcome", ann)
    assert world.send() == {"sent": 1}
    assert ("failed", "there is no newsletter 'no-such-newsletter'; config.yaml has: weekly") in reasons(world)


def test_a_letter_is_in_the_readers_language(world: World) -> None:
    ann = world.subscribe("ann")
    with world.database.write() as session:
        wanted = Preferences(None, Rhythm.EVERY, "de-AT")
        subscribers.change_preferences(session, ann, "weekly", wanted, via="page", now=world.clock())
    queue(world, "welcome", ann)
    world.send()
    assert world.letters()["ann@example.com"]["Subject"] == "Willkommen: The weekly"


def test_a_new_address_gets_the_letter_that_asks(world: World) -> None:
    queue(world, "new-address", world.subscribe("ann"), address="ann@example.net")
    world.send()
    assert list(world.letters()) == ["ann@example.net"]


@pytest.mark.parametrize(
    ("letter", "act", "outcome"),
    [
        ("confirm", "confirm", "her subscription is active"),
        ("confirm", "erase", "erased"),
        ("confirm", "complaint", "suppressed: complaint"),
        ("confirm", "hard", ""),
        ("welcome", "unsubscribe", "her subscription is unsubscribed"),
        ("welcome", "hard", "suppressed: hard"),
        ("goodbye", "unsubscribe", ""),
        ("goodbye", "subscribe again", "her subscription is pending"),
        ("preferences-link", "unsubscribe", ""),
        ("preferences-link", "complaint", "suppressed: complaint"),
    ],
)
def test_what_happens_before_a_letter_leaves_counts(world: World, letter: str, act: str, outcome: str) -> None:
    ann = world.subscribe("ann", confirmed=letter != "confirm")
    queue(world, letter, ann)
    address, secret, now = subscribers.parse_address("ann@example.com"), world.pipeline.keys.address, world.clock()
    with world.database.write() as session:
        if act in ("unsubscribe", "subscribe again"):
            subscribers.unsubscribe(session, ann, "weekly", via="page", now=now)
        if act == "subscribe again":
            form = subscribers.SignUp(address, "weekly", None, "page", "")
            subscribers.sign_up(session, secret, form, now=now)
        if act == "confirm":
            subscribers.confirm(session, ann, "weekly", via="page", now=now)
        if act == "erase":
            subscribers.erase(session, ann, via="page", now=now)
        if act in ("complaint", "hard"):
            subscribers.suppress(session, subscribers.address_key(address, secret), Reason(act), via="test", now=now)
    assert world.send() == ({} if outcome else {"sent": 1})
    assert reasons(world) == [("left_out", outcome) if outcome else ("sent", "")]


def test_every_letter_to_a_subscriber_says_what_it_needs() -> None:
    assert set(LETTERS) == set(compose.letter.LINKS)


def test_each_reader_gets_an_edition_in_her_own_language(world: World) -> None:
    world.publish("Thaw", "NATO")
    languages = {"ann": "", "bea": "de", "cat": "xx-YY"}
    for name, language in languages.items():
        number = world.subscribe(name)
        with world.database.write() as session:
            wanted = Preferences(None, Rhythm.EVERY, language)
            subscribers.change_preferences(session, number, "weekly", wanted, via="page", now=world.clock())
    world.edition()
    assert world.send() == {"sent": 3}
    texts = {name: world.text_of(world.letters()[f"{name}@example.com"]) for name in languages}
    assert {name: "Abbestellen" in text for name, text in texts.items()} == {"ann": False, "bea": True, "cat": False}


def test_a_letter_can_be_seen_in_the_browser_without_its_readers_links(world: World) -> None:
    world.publish("Thaw", "NATO")
    world.subscribe("ann")
    world.edition()
    world.send()
    text = world.text_of(world.letters()["ann@example.com"])
    found = re.search(r"http://127\.0\.0\.1:8000/letters/([a-z2-7]{24})", text)
    own = re.search(r"http://127\.0\.0\.1:8000/unsubscribe/(\S+)", text)
    assert found
    assert own
    with world.database.read() as session:
        page = views.letter(session, found[1])
        assert views.letter(session, "a" * 24) is None
        assert views.letter(session, "") is None
    assert page
    assert "Thaw" in page
    assert own[1] not in page
    assert "ann@example.com" not in page
