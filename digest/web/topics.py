"""Topics as a reader chooses them: under their groups, or everything."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from digest.types import Topic
from digest.web.fields import Fields


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form says of topics. `everything` also means topics that are added later."""

    everything: bool
    topics: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether she chose nothing at all."""
        return not self.everything and not self.topics

    @property
    def wanted(self) -> tuple[str, ...] | None:
        """The topics as they are stored: None means every one."""
        return None if self.everything else self.topics


def read_choice(fields: Fields, offered: Collection[Topic]) -> Choice:
    """What she ticked; topics that are not on offer do not count."""
    return Choice(bool(fields.one("everything")), fields.chosen("topic", [topic.slug for topic in offered]))


def choice_of(topics: Collection[str] | None) -> Choice:
    """What she follows, as the form shows it."""
    return Choice(topics is None, tuple(topics or ()))


def grouped(topics: Collection[Topic]) -> list[tuple[str, list[Topic]]]:
    """Topics under their groups, both in the order in which they come first."""
    order = {group: place for place, group in reversed(list(enumerate(topic.group for topic in topics)))}
    in_order = sorted(topics, key=lambda topic: order[topic.group])
    return [(group, list(members)) for group, members in groupby(in_order, key=lambda topic: topic.group)]
