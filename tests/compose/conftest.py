"""An edition to compose: the week of a small institute, and the project's own templates."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from digest.blueprint import Blueprint
from digest.compose import Composer
from digest.types import Article, Brand, Content, DigestKey, Event, Kind, Person, Topic

PLANNED = datetime(2026, 1, 7, 14, tzinfo=UTC)
SLOTS = {
    "to": "ada@example.net",
    "message_id": "7@example.org",
    "unsubscribe": "UN.T-1",
    "preferences": "PREFS.T-2",
    "confirm": "C.T-3",
    "subscribe": "SUB.T-4",
    "account": "ACC.T-5",
    "address": "ADDR.T-6",
}


@pytest.fixture(scope="session")
def nonce() -> str:
    """Secret and fresh, in real life."""
    return "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """The templates that come with the project."""
    root = Path(__file__).parents[2] / "templates"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in (root / "email").rglob("*.*")}


def _article(number: int, *topics: str, **fields: Any) -> Article:
    at = PLANNED - timedelta(hours=number)
    plain = Article(number, f"Title {number}", f"https://www.example.org/{number}?a=1&b=2", at, at, topics=topics)
    return replace(plain, **fields)


@pytest.fixture(scope="session")
def article() -> Callable[..., Article]:
    """Make an article by number and topics, first seen `number` hours before the edition."""
    return _article


@pytest.fixture(scope="session")
def content(templates: dict[str, str]) -> Content:
    """Four articles on three topics, and one event still to come."""
    return Content(
        newsletter="weekly",
        newsletter_name="Receive expert foreign policy analysis",
        sender="Defense Priorities <news@example.org>",
        brand=Brand("Defense Priorities", "The hub of realism", "https://www.example.org", "1 Example Avenue"),
        web_url="https://letters.example.org",
        zone="America/New_York",
        planned_at=PLANNED,
        topics=(Topic("china", "China"), Topic("taiwan", "Taiwan"), Topic("asia", "Asia")),
        articles=(
            _article(1, "taiwan", "asia", people=(Person("Lyle Goldstein"),), kind=Kind.OP_ED, outlet="Lowy Institute"),
            _article(2, "china", people=(Person("Ann Lee", "featuring"),), kind=Kind.IN_THE_MEDIA, excerpt="Calm."),
            _article(3, "china", "taiwan", outlet="The Times", outlet_url="https://times.example/3"),
            _article(4, "asia"),
        ),
        events=(
            Event(
                9,
                "East Asia after the summit",
                "https://www.example.org/events/9",
                starts_at=PLANNED + timedelta(days=6),
                first_seen_at=PLANNED - timedelta(days=30),
                zone="America/New_York",
                mode="virtual",
                topics=("asia",),
            ),
        ),
        templates=templates,
    )


@pytest.fixture(scope="session")
def every_topic() -> DigestKey:
    """The digest of a reader who follows all topics."""
    return DigestKey(("china", "taiwan", "asia"), None)


@pytest.fixture(scope="session")
def read() -> Callable[[Blueprint], tuple[EmailMessage, str, str]]:
    """Fill a blueprint for Ada and read it as her mail program would: message, plain text, HTML. No defect passes."""

    def run(blueprint: Blueprint) -> tuple[EmailMessage, str, str]:
        raw = blueprint.fill(SLOTS)
        message = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(raw)
        assert not [defect for part in message.walk() for defect in part.defects]
        assert not [header for header in message.values() if header.defects]
        plain, html = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
        return message, plain, html

    return run


@pytest.fixture(scope="session")
def compose(
    nonce: str, every_topic: DigestKey, read: Callable[[Blueprint], tuple[EmailMessage, str, str]]
) -> Callable[[Content], tuple[EmailMessage, str, str]]:
    """Compose the digest of all topics and read it."""

    def run(content: Content) -> tuple[EmailMessage, str, str]:
        return read(Composer(content, nonce=nonce, date=PLANNED).compose(every_topic))

    return run
