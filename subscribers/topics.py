"""How a subscription's topics are kept: slugs, sorted and joined by `;`, or `*` for every topic."""

from collections.abc import Collection

from subscribers.models import EVERY_TOPIC


def join_topics(topics: Collection[str] | None) -> str:
    """The stored form; None means every topic. Raises ValueError for none at all: that would be leaving."""
    if topics is None:
        return EVERY_TOPIC
    if not topics:
        raise ValueError("a subscription needs at least one topic")
    return ";".join(sorted(set(topics)))


def split_topics(stored: str) -> tuple[str, ...] | None:
    """The slugs of a stored form; None for every topic."""
    return None if stored == EVERY_TOPIC else tuple(stored.split(";"))
