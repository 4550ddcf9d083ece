"""What a source's labels (tags, categories, types) and names say about an article."""

import re
from collections.abc import Iterable
from typing import Literal

from digest.types import Kind, Person

_KINDS = {
    "op-ed": Kind.OP_ED,
    "oped": Kind.OP_ED,
    "opinion": Kind.OP_ED,
    "in-the-media": Kind.IN_THE_MEDIA,
    "in-the-news": Kind.IN_THE_MEDIA,
    "media-mention": Kind.IN_THE_MEDIA,
    "media-appearance": Kind.IN_THE_MEDIA,
    "press-release": Kind.PRESS_RELEASE,
    "news-release": Kind.PRESS_RELEASE,
    "research": Kind.RESEARCH,
    "report": Kind.RESEARCH,
    "paper": Kind.RESEARCH,
    "policy-brief": Kind.RESEARCH,
    "explainer": Kind.EXPLAINER,
    "q-a": Kind.Q_AND_A,
    "q-and-a": Kind.Q_AND_A,
    "qa": Kind.Q_AND_A,
    "article": Kind.ARTICLE,
}
# Names that a site gives when nobody chose one.
_NO_NAMES = frozenset({"admin", "administrator"})


def kind_of(label: str) -> Kind | None:
    """The kind that a label names, whatever its case, hyphens and plural; None where it names none."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")
    return _KINDS.get(slug) or _KINDS.get(slug.removesuffix("s"))


def sort_labels(labels: Iterable[str]) -> tuple[Kind, tuple[str, ...]]:
    """The kind that the first telling label names, and all labels, each once, as categories: topics may match any."""
    categories: dict[str, str] = {}
    for label in filter(None, labels):
        categories.setdefault(label.casefold(), label)
    kinds = (kind for label in categories if (kind := kind_of(label)))
    return next(kinds, Kind.ARTICLE), tuple(categories.values())


def people(names: Iterable[str], kind: Kind) -> tuple[Person, ...]:
    """Whom an article is by; what others publish about our people features them. House accounts are nobody."""
    role: Literal["by", "featuring"] = "featuring" if kind is Kind.IN_THE_MEDIA else "by"
    bare = (re.sub(r"^by\s+", "", name, flags=re.IGNORECASE) for name in names)
    wanted = (name for name in bare if name and "@" not in name and name.casefold() not in _NO_NAMES)
    return tuple(Person(name, role) for name in dict.fromkeys(wanted))
