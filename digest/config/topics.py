"""The rule that maps the categories a source gives to the topics on offer."""

from collections.abc import Collection, Sequence

from digest.config.models import TopicSettings

# Sites write China-Taiwan with a non-breaking (U+2011) or typographic hyphen (U+2010) and mean the keyboard's own.
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-"})


class TopicRules:
    """Which topics a category stands for, looked up by its folded form. Retired topics stand for none."""

    def __init__(self, topics: Sequence[TopicSettings]) -> None:
        self._order = [topic.slug for topic in topics]
        self._slugs: dict[str, set[str]] = {}
        for topic in topics:
            for category in () if topic.retired else (topic.name, *topic.match):
                self._slugs.setdefault(fold(category), set()).add(topic.slug)

    def topics_of(self, categories: Collection[str]) -> tuple[str, ...]:
        """The slugs of the topics that categories stand for, in the order of config.yaml."""
        found = set().union(*(self._slugs.get(fold(category), set()) for category in categories))
        return tuple(slug for slug in self._order if slug in found)


def fold(category: str) -> str:
    """A category without what sources write differently: case, white space, the kind of hyphen."""
    return " ".join(category.translate(_HYPHENS).casefold().split())
