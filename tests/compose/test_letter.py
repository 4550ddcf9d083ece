"""Letters outside editions: to staff and to ops, without the marks of a mailing list."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

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
    "newsletter": "Expert analysis",
    "happened": "the edition stays open",
    "todo": "`digest send` goes on; still waiting: 3 deferred",
    "edition": 3,
}

Letter = Callable[[str, dict[str, object]], tuple[EmailMessage, str, str]]


@pytest.fixture
def letter(content: Content, nonce: str, read: Callable[[Blueprint], tuple[EmailMessage, str, str]]) -> Letter:
    """Compose a letter and read it."""

    def run(name: str, values: dict[str, object]) -> tuple[EmailMessage, str, str]:
        return read(
            compose_letter(
                name,
                values,
                templates=content.templates,
                sender=content.sender,
                brand=content.brand,
                web_url=content.web_url,
                date=datetime(2026, 1, 6, 14, tzinfo=UTC),
                nonce=nonce,
            )
        )

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
