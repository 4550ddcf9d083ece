"""Letters for the gate to judge: forty editions from nothing much to two hundred hostile articles, and a good one."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import gate
from digest.compose import Composer, topics_with_news
from digest.types import Article, Brand, Content, DigestKey, Event, Kind, Logo, Person, Topic

PLANNED = datetime(2026, 1, 7, 14, tzinfo=UTC)
NONCE = "0123456789abcdef"
BRAND = Brand(
    "Defense Priorities",
    "The hub of realism & restraint",
    "https://www.example.org",
    "1 Example Avenue, Washington",
    sign_off="With kind regards,\n\nDefense Priorities",
)
TITLES = (
    "What China wants",
    "None of the above: an undefined strategy",
    "{{ user.email }} and {% raw %} in a headline",
    "<script>alert(1)</script> & other \"quotes\" 'inside'",
    "دبلوماسية بلا أوهام في الشرق الأوسط",
    "ההסכם הבא עם איראן",
    "台湾海峡的克制与威慑",
    "A. " + "Very " * 59 + "long title",
    "Unbreakable" * 27,
    "=?utf-8?q?not_encoded?= 100 % = 0x1F \\ { }",
    "Straße nach İstanbul, ısı 🕊️ 🇺🇦",
    ".. .leading dots and -- dashes",
)


def _article(number: int, dice: random.Random, topics: tuple[Topic, ...]) -> Article:
    at = PLANNED - timedelta(hours=number + 1)
    chosen = tuple(topic.slug for topic in topics if dice.random() < 0.3) or (topics[number % len(topics)].slug,)
    outlet = dice.choice(["", "The Times & Star", "外交"])
    return Article(
        number,
        f"{dice.choice(TITLES)} {number}",
        f"https://www.example.org/{number}?a=1&b=%7B{{x}}",
        at,
        at,
        kind=dice.choice(list(Kind)),
        outlet=outlet,
        outlet_url=f"https://times.example/{number}#top" if outlet else "",
        people=tuple(Person(f"Ann {'ø' * dice.randrange(1, 90)}", "by") for _ in range(dice.randrange(3))),
        excerpt=" ".join(dice.choices(TITLES, k=dice.randrange(4))),
        topics=chosen,
    )


def _edition(number: int) -> Content:
    """The edition of this number: always the same."""
    dice = random.Random(number)
    topics = tuple(Topic(f"topic-{n}", name) for n, name in enumerate(["China", "Asia & Pacific", "الشرق", "ıstanbul"]))
    count = (1, 2, 5, 12, 30, 60, 120, 200)[number % 8]
    event = Event(
        9, dice.choice(TITLES), "https://www.example.org/e", PLANNED + timedelta(days=3), PLANNED, topics=("topic-1",)
    )
    return Content(
        newsletter="weekly",
        newsletter_name="Receive expert foreign policy analysis" if number % 2 else "Außenpolitik für alle",
        sender="Defense Priorities <news@example.org>",
        brand=replace(
            BRAND, logo=Logo("https://www.example.org/logo.png", "Our logo", 200, 40) if number % 5 else None
        ),
        web_url="https://letters.example.org",
        zone="America/New_York",
        planned_at=PLANNED,
        topics=topics,
        articles=tuple(_article(n, dice, topics) for n in range(1, count + 1)),
        events=(event,) if number % 3 else (),
        subject=dice.choice(["", "A week of calm"]),
        intro=dice.choice(["", "First.\n\nSecond, with Defense Priorities’ own words."]),
        templates=_templates(),
        theme=dice.choice(["", "gazette"]),
    )


def _templates() -> dict[str, str]:
    root = Path(__file__).parents[2] / "templates"
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in (root / "email").rglob("*.*")}


def _compose(content: Content, language: str = "en") -> bytes:
    """The letter of a reader of all topics."""
    news = topics_with_news(content, [topic.slug for topic in content.topics], None)
    return gate.fill_sample(Composer(content, nonce=NONCE, date=PLANNED).compose(DigestKey(news, None, language)))


@pytest.fixture(scope="session")
def edition() -> Callable[[int], Content]:
    """Makes the edition of a number."""
    return _edition


@pytest.fixture(scope="session")
def compose() -> Callable[..., bytes]:
    """Composes the letter of a reader of all topics, in English or another language."""
    return _compose


@pytest.fixture(scope="session")
def content() -> Content:
    return _edition(3)


@pytest.fixture(scope="session")
def context(content: Content) -> gate.Context:
    return gate.Context.of(content, http_allowed=False)


@pytest.fixture(scope="session")
def letter(content: Content) -> bytes:
    """A letter that nothing is wrong with."""
    return _compose(content)


@pytest.fixture(scope="session")
def broken(letter: bytes, context: gate.Context) -> Callable[[bytes, bytes], set[str]]:
    """The rules that a letter breaks once some of its bytes are replaced."""

    def judge(old: bytes, new: bytes) -> set[str]:
        assert old in letter
        return {finding.rule for finding in gate.judge(letter.replace(old, new), context)}

    return judge
