"""Which articles and events a digest holds, and where each stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from digest.compose.news import is_new, story, to_come
from digest.types import Article, Content, DigestKey, Event, Topic


@dataclass(frozen=True, slots=True)
class Item:
    """An article in a digest, and why it is there: those of the reader's topics that it has, in config order."""

    article: Article
    reason: tuple[Topic, ...]
    also: tuple[Article, ...] = ()
    """The same story at other outlets."""


@dataclass(frozen=True, slots=True)
class Section:
    """A topic and the articles that stand under it; `more` is how many of them the letter has no room for."""

    topic: Topic
    items: tuple[Item, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """What one digest says: each article once, either as the lead or in one section."""

    lead: Item | None
    sections: tuple[Section, ...]
    events: tuple[Event, ...]
    more_events: int = 0

    @property
    def items(self) -> Iterator[Item]:
        """Every article in the order of the letter."""
        if self.lead:
            yield self.lead
        for section in self.sections:
            yield from section.items


def select(content: Content, key: DigestKey) -> Selection:
    """What is new since `key.since` on one of `key.topics`, what was held back before, and the events still to come.

    An article stands under the first of the reader's topics that it has. The lead is the one that staff chose, if she
    follows it, else the first. Articles that tell one story stand as one item.
    """
    followed = [topic for topic in content.topics if topic.slug in key.topics]
    items = list(_items(content, key, followed))
    lead = next((item for item in items if item.article.id == content.lead), items[0] if items else None)
    rest = [item for item in items if item is not lead]
    by_topic = ((topic, tuple(item for item in rest if item.reason[0] is topic)) for topic in followed)
    return Selection(
        lead,
        tuple(Section(topic, items) for topic, items in by_topic if items),
        tuple(event for event in to_come(content) if not set(key.topics).isdisjoint(event.topics)),
    )


def _items(content: Content, key: DigestKey, followed: Collection[Topic]) -> Iterator[Item]:
    stories: dict[int, dict[int, Article]] = {}
    for article in content.articles:
        if is_new(article, key.since, key.before) and not set(key.topics).isdisjoint(article.topics):
            stories.setdefault(story(article), {})[article.id] = article
    for tellings in stories.values():
        first = tellings.get(content.lead or 0) or next(iter(tellings.values()))
        also = tuple(article for article in tellings.values() if article is not first)
        topics = {slug for article in tellings.values() for slug in article.topics}
        yield Item(first, tuple(topic for topic in followed if topic.slug in topics), also)
