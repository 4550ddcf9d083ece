"""Composing a digest of 30 articles, and filling its blueprint for one reader."""

from datetime import UTC, datetime, timedelta

from bench.figure import Figure, median_seconds
from digest import files
from digest.compose import Composer
from digest.types import Article, Brand, Content, DigestKey, Kind, Person, Topic

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
_FILLS = 1000


def content(articles: int) -> Content:
    """A content with so many articles on three topics."""
    topics = tuple(Topic(slug, slug.title()) for slug in ("asia", "china", "nato"))
    return Content(
        newsletter="weekly",
        newsletter_name="The weekly",
        sender="Think Tank <news@example.org>",
        brand=Brand("Think Tank", "We think", "https://www.example.org", "1 Example Avenue"),
        web_url="https://letters.example.org",
        zone="America/New_York",
        planned_at=NOW,
        topics=topics,
        articles=tuple(_article(number, topics[number % 3].slug) for number in range(articles)),
        templates=files.read_templates(None),
    )


def _article(number: int, topic: str) -> Article:
    return Article(
        id=number,
        title=f"Article {number}: what the balance of power means for the alliance & its critics",
        url=f"https://www.example.org/articles/{number}",
        published_at=NOW - timedelta(hours=number),
        first_seen_at=NOW,
        kind=Kind.OP_ED,
        outlet="The Paper of Record",
        people=(Person("Ann Author"),),
        excerpt="A sentence of usual length about what the article says. And a second one, a little longer than it.",
        topics=(topic,),
    )


def measure() -> list[Figure]:
    """Compose per digest, fill per recipient."""
    composer = Composer(content(30), nonce="0123456789abcdef", date=NOW)
    key = DigestKey(("asia", "china", "nato"), None)
    blueprint = composer.compose(key)
    token = "WzEsIndlZWtseSJd." + "a" * 27
    values = {"to": "reader@example.com", "message_id": "a@b", "unsubscribe": token, "preferences": token}

    def fill() -> None:
        for _ in range(_FILLS):
            blueprint.fill(values)

    return [
        Figure(
            "compose one digest of 30 articles", median_seconds(lambda: composer.compose(key)) * 1e3, "ms", at_most=6
        ),
        Figure("fill its blueprint for one reader", median_seconds(fill) / _FILLS * 1e6, "µs", at_most=20),
        Figure("size of that letter", len(blueprint.fill(values)) / 1e3, "kB", at_most=100),
    ]
