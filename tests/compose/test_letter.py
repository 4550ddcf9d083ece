"""Letters outside editions: to subscribers, staff and ops, without the marks of a mailing list."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest

from digest.blueprint import Blueprint
from digest.compose import compose_letter
from digest.errors import ComposeError
from digest.types import Content

DRAFT = {
    "newsletter": "Expert analysis & more",
    "planned": "Wednesday, January 7, 2026, 9:00 a.m. EST",
    "titles": ["<b>Rockets</b>\x00", "Thaw"],
    "edition": 3,
}
NOTICE = {
    "happened": "the edition stays open",
    "todo": "`digest send` goes on; still waiting: 3 deferred",
    "where": "edition 3 of “Expert analysis”",
    "role": "ops",
}

SUBSCRIPTION = {
    "newsletter": "Expert analysis & more",
    "topics": "Asia, China",
    "until": "January 14, 2026",
    "next": "January 14, 2026",
}
LINKS = {
    "confirm": ("confirm/C.T-3", "confirm/C.T-3#not-me"),
    "welcome": ("preferences/PREFS.T-2", "unsubscribe/UN.T-1"),
    "preferences-link": ("account/ACC.T-5",),
    "new-address": ("address/ADDR.T-6",),
    "goodbye": ("subscribe/SUB.T-4",),
}

Letter = Callable[..., tuple[EmailMessage, str, str]]


@pytest.fixture
def letter(content: Content, nonce: str, read: Callable[[Blueprint], tuple[EmailMessage, str, str]]) -> Letter:
    """Compose a letter and read it."""

    def run(name: str, values: dict[str, object], **options: Any) -> tuple[EmailMessage, str, str]:
        date = datetime(2026, 1, 6, 14, tzinfo=UTC)
        frame = replace(content, **options)
        return read(compose_letter(name, values, frame, templates=content.templates, date=date, nonce=nonce))

    return run


def test_staff_learn_that_a_draft_is_ready(letter: Letter) -> None:
    message, plain, html = letter("draft-ready", {**DRAFT})
    assert message["Subject"] == "Draft ready: Expert analysis & more"
    assert "&lt;b&gt;Rockets&lt;/b&gt;" in html
    assert "1. <b>Rockets</b>" in plain


@pytest.mark.parametrize(
    "said", ["January 7, 2026, 9:00 a.m. EST", "Articles: 2.", "digest preview 3", "digest approve 3"]
)
def test_both_parts_say_what_to_do_with_the_draft(letter: Letter, said: str) -> None:
    _, plain, html = letter("draft-ready", {**DRAFT})
    assert said in " ".join(plain.split())
    assert said in html


def test_ops_learn_what_happened_where_and_what_to_do(letter: Letter) -> None:
    message, plain, html = letter("ops-notice", {**NOTICE})
    assert message["Subject"] == "Defense Priorities letters: the edition stays open"
    assert "Where: edition 3 of “Expert analysis”\n\nWhat to do: `digest send` goes on" in plain
    assert ">Edition 3 of “Expert analysis”</p>" in html
    assert "your address is under “ops” in config.yaml" in " ".join(plain.split())


def test_the_number_of_readers_is_said_where_it_is_known(letter: Letter) -> None:
    _, plain, _ = letter("draft-ready", {**DRAFT, "readers": 1200})
    assert "\nArticles: 2. Readers: 1200.\n\n1. " in plain


def test_such_a_letter_is_not_list_mail(letter: Letter) -> None:
    message, _, _ = letter("ops-notice", {**NOTICE})
    assert not [name for name in message.keys() if name.startswith("List-")]  # noqa: SIM118
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_missing_value_is_named(letter: Letter) -> None:
    with pytest.raises(ComposeError, match=r"email/ops-notice/body\.mjml, line \d+: .*'todo' is undefined"):
        letter("ops-notice", {key: value for key, value in NOTICE.items() if key != "todo"})


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_both_parts_hold_the_subscribers_links_and_no_other(letter: Letter, name: str, language: str) -> None:
    _, plain, html = letter(name, {**SUBSCRIPTION}, language=language)
    expected = {f"https://letters.example.org/{link}" for link in LINKS[name]}
    assert set(re.findall(r"https://\S+", plain)) == set(re.findall(r'href="([^"]*)"', html)) == expected


@pytest.mark.parametrize("name", LINKS)
def test_both_parts_say_for_which_newsletter_and_from_whom(letter: Letter, name: str) -> None:
    _, plain, html = letter(name, {"newsletter": SUBSCRIPTION["newsletter"]})
    assert "“Expert analysis & more”" in " ".join(plain.split())
    assert "“Expert analysis &amp; more”" in html
    assert "1 Example Avenue" in plain
    assert "1 Example Avenue" in html


@pytest.mark.parametrize("name", LINKS)
def test_the_parts_say_the_same(letter: Letter, name: str) -> None:
    _, plain, html = letter(name, {**SUBSCRIPTION})
    seen = unescape(re.sub(r"<[^>]+>", " ", html.partition("<body")[2]))
    missing = [
        line
        for line in re.split(r"\n\n|:\n|\n(?=https)", plain)
        if not line.startswith(("http", "---")) and " ".join(line.split()) not in " ".join(seen.split())
    ]
    assert [line for line in missing if "Avenue" not in line] == []


def test_the_confirmation_carries_no_advertising(letter: Letter) -> None:
    _, plain, html = letter("confirm", {**SUBSCRIPTION})
    assert "The hub of realism" not in plain + html
    assert "https://www.example.org" not in plain + html


def test_a_letter_counts_its_complaints_apart(letter: Letter) -> None:
    message, _, _ = letter("welcome", {**SUBSCRIPTION}, reply_to="desk@example.org")
    assert message["Feedback-ID"].startswith("welcome:letter:")
    assert message["Reply-To"] == "desk@example.org"


def test_a_value_cannot_place_a_link_of_its_own(letter: Letter, nonce: str) -> None:
    with pytest.raises(ComposeError, match="fresh"):
        letter("confirm", {**SUBSCRIPTION, "topics": f"slot{nonce}confirm"})
