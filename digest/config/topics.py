"""The rules that file an article under the topics on offer."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import unquote

from digest.config.models import TopicSettings
from digest.config.rules import Rule, Trait
from digest.types import Traits

# Sites write China-Taiwan with a non-breaking (U+2011) or typographic hyphen (U+2010) and mean the keyboard's own.
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-"})


class TopicRules:
    """Which topics an article belongs to. A topic's own name is a rule too; retired topics have none."""

    def __init__(self, topics: Sequence[TopicSettings]) -> None:
        self._order = [topic.slug for topic in topics]
        # Labels, which nearly all rules are about, are looked up rather than gone through one by one.
        self._labels: dict[str, list[tuple[str, Rule]]] = {}
        self._others: list[tuple[str, Rule]] = []
        for topic in topics:
            for rule in rules_of(topic):
                if rule.trait == "label":
                    self._labels.setdefault(fold(rule.words), []).append((topic.slug, rule))
                else:
                    self._others.append((topic.slug, rule))

    def topics_of(self, traits: Traits) -> tuple[str, ...]:
        """The slugs of the topics it belongs to, in the order of config.yaml."""
        return tuple(self.reasons(traits))

    def reasons(self, traits: Traits) -> Mapping[str, Sequence[Rule]]:
        """The same, each with the rules that say so."""
        found: dict[str, list[Rule]] = {}
        for label in dict.fromkeys(map(fold, (*traits.categories, *traits.tags))):
            for slug, rule in self._labels.get(label, ()):
                found.setdefault(slug, []).append(rule)
        for slug, rule in self._others:
            if _FITS[rule.trait](rule.words, traits):
                found.setdefault(slug, []).append(rule)
        return {slug: found[slug] for slug in self._order if slug in found}


def rules_of(topic: TopicSettings) -> list[Rule]:
    """The rules of a topic, each once."""
    return [] if topic.retired else list(dict.fromkeys((Rule("label", topic.name), *topic.match)))


def fold(text: str) -> str:
    """Text without what sources write differently: case, white space, the kind of hyphen."""
    return " ".join(text.translate(_HYPHENS).casefold().split())


def _is_among(words: str, values: Iterable[str]) -> bool:
    return fold(words) in map(fold, values)


def _is_in_title(words: str, title: str) -> bool:
    """Whole words next to each other: `Iran` is not in “Iranian”."""
    return re.search(rf"(?<!\w){re.escape(fold(words))}(?!\w)", fold(title)) is not None


_FITS: Mapping[Trait, Callable[[str, Traits], bool]] = {
    "category": lambda words, traits: _is_among(words, traits.categories),
    "tag": lambda words, traits: _is_among(words, traits.tags),
    "url": lambda words, traits: fold(words) in fold(unquote(traits.url)),
    "title": lambda words, traits: _is_in_title(words, traits.title),
    "author": lambda words, traits: _is_among(words, traits.people),
}
