"""Composing a digest of 30 articles, the digests of many topic sets, and filling a blueprint for one reader."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench.figure import Figure, median_seconds
from digest import files
from digest.compose import Composer
from digest.types import Article, Brand, Content, DigestKey, Kind, Person, Topic

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
_FILLS = 1000


_TOPICS = 12
_SETS = 100


def content(articles: int, slugs: Sequence[str] = ("asia", "china", "nato")) -> Content:
    """A content with so many articles, spread evenly over its topics."""
    topics = tuple(Topic(slug, slug.title()) for slug in slugs)
    return Content(
        newsletter="weekly",
        newsletter_name="The weekly",
        sender="Think Tank <news@example.org>",
        brand=Brand("Think Tank", "We think", "https://www.example.org", "1 Example Avenue"),
        web_url="https://letters.example.org",
        zone="America/New_York",
        planned_at=NOW,
        topics=topics,
        articles=tuple(_article(number, topics[number % len(topics)].slug) for number in range(articles)),
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


def compose_topic_sets() -> float:
    """Seconds per digest of an edition of 60 articles, for topic sets spread evenly over all that there are."""
    slugs = [f"topic-{number}" for number in range(_TOPICS)]
    every = 2**_TOPICS - 1
    masks = [1 + step * (every - 1) // (_SETS - 1) for step in range(_SETS)]
    keys = [DigestKey(tuple(slug for bit, slug in enumerate(slugs) if mask >> bit & 1), None) for mask in masks]

    def compose_all() -> None:
        composer = Composer(content(60, slugs), nonce="0123456789abcdef", date=NOW)
        for key in keys:
            composer.compose(key)

    return median_seconds(compose_all) / len(keys)


def measure() -> list[Figure]:
    """Compose per digest and per topic set, fill per recipient."""
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
        Figure("compose per topic set, 100 of 4,095, 60 articles", compose_topic_sets() * 1e3, "ms", at_most=6),
        Figure("fill its blueprint for one reader", median_seconds(fill) / _FILLS * 1e6, "µs", at_most=20),
        Figure("size of that letter", len(blueprint.fill(values)) / 1e3, "kB", at_most=100),
    ]
