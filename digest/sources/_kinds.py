"""What an article is, by rules over what its source says of it: type, labels, address, title."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from digest.types import Kind

_KINDS = {
    "op-ed": Kind.OP_ED,
    "oped": Kind.OP_ED,
    "opinion": Kind.OP_ED,
    "in-the-media": Kind.IN_THE_MEDIA,
    "in-the-new": Kind.IN_THE_MEDIA,
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
    "event": Kind.EVENT,
    "webinar": Kind.EVENT,
    "article": Kind.ARTICLE,
    # What structured data calls them (https://schema.org/CreativeWork).
    "opinionnewsarticle": Kind.OP_ED,
    "pressrelease": Kind.PRESS_RELEASE,
    "scholarlyarticle": Kind.RESEARCH,
    "qapage": Kind.Q_AND_A,
}
_OPENING = re.compile(r"(?P<label>[^:|]{2,20})\s*[:|]\s+\S")
_Q_AND_A = re.compile(r"Q\s?(?:&|and)\s?A(?: with|:)\s", re.IGNORECASE)


def kind_of(label: str) -> Kind | None:
    """The kind that a label names, whatever its case, hyphens and plural; None where it names none."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")
    return _KINDS.get(slug) or _KINDS.get(slug.removesuffix("s"))


def judge(labels: Iterable[str] = (), url: str = "", title: str = "") -> Kind:
    """The kind of an article: of its labels the first that names one; else its address's folders; else its title.

    `labels` come in the order of trust: the type of the record, tags, categories. Of an address its last part does not
    count, for it is the title again: `/press-releases/2026/a-report-on-asia/` is a press release.
    """
    named = (kind_of(label) for label in [*labels, *_folders(url), _opening(title)])
    return next((kind for kind in named if kind not in (None, Kind.ARTICLE)), None) or Kind.ARTICLE


def _folders(url: str) -> list[str]:
    return [unquote(part) for part in urlsplit(url).path.rstrip("/").split("/")[:-1]]


def _opening(title: str) -> str:
    """`Press release` of “Press release: we are here”."""
    if _Q_AND_A.match(title):
        return "q-and-a"
    match = _OPENING.match(title)
    return match["label"].strip() if match else ""
