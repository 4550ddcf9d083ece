"""Which articles and events a digest holds, and where each stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.types import Article, Content, DigestKey, Event, Topic


@dataclass(frozen=True, slots=True)
class Item:
    """An article in a digest, and why it is there: those of the reader's topics that it has, in config order."""

    article: Article
    reason: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A topic and the articles that stand under it."""

    topic: Topic
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What one digest says: each article once, either as the lead or in one section."""

    lead: Item | None
    sections: tuple[Section, ...]
    events: tuple[Event, ...]

    @property
    def items(self) -> Iterator[Item]:
        """Every article in the order of the letter."""
        if self.lead:
            yield self.lead
        for section in self.sections:
            yield from section.items


def select(content: Content, key: DigestKey) -> Selection:
    """The articles first seen after `key.since` on one of `key.topics`, and the events on them still to come.

    An article stands under the first of the reader's topics that it has. The lead is the one that staff chose, if she
    follows it, else the first.
    """
    followed = [topic for topic in content.topics if topic.slug in key.topics]
    new = (article for article in _each_once(content) if _is_new(article, key.since))
    items = [Item(article, reason) for article in new if (reason := _shared(followed, article))]
    lead = next((item for item in items if item.article.id == content.lead), items[0] if items else None)
    rest = [item for item in items if item is not lead]
    by_topic = ((topic, tuple(item for item in rest if item.reason[0] is topic)) for topic in followed)
    return Selection(
        lead,
        tuple(Section(topic, items) for topic, items in by_topic if items),
        tuple(event for event in _to_come(content) if not set(key.topics).isdisjoint(event.topics)),
    )


def topics_with_news(content: Content, topics: Collection[str], since: datetime | None) -> tuple[str, ...]:
    """Those of `topics`, in config order, on which an article or an event to come was first seen after `since`."""
    candidates: list[Article | Event] = [*content.articles, *_to_come(content)]
    new: set[str] = set()
    for found in candidates:
        if _is_new(found, since):
            new.update(found.topics)
    new.intersection_update(topics)
    return tuple(topic.slug for topic in content.topics if topic.slug in new)


def _each_once(content: Content) -> Collection[Article]:
    return {article.id: article for article in content.articles}.values()


def _shared(followed: Collection[Topic], article: Article) -> tuple[Topic, ...]:
    return tuple(topic for topic in followed if topic.slug in article.topics)


def _is_new(found: Article | Event, since: datetime | None) -> bool:
    return since is None or found.first_seen_at > since


def _to_come(content: Content) -> Iterator[Event]:
    return (event for event in content.events if event.starts_at >= content.planned_at)
