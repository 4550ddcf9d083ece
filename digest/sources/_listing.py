"""A listing page: which of its links lead to articles."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from digest.sources import links
from digest.sources._nodes import nodes, text, types_of, values
from digest.sources._text import text_of

MOST_LINKS = 30
"""So many of the first are followed: a listing has its newest on top."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FURNITURE = frozenset({"nav", "header", "footer", "aside", "form"})
_NO_ARTICLE = re.compile(
    r"/(?:page/\d+|category|categories|tag|tags|topic|topics|author|authors|feed|login|wp-login|wp-admin|search|cart)(?:/|\.|$)"
    r"|\.(?:jpe?g|png|gif|svg|webp|mp3|mp4|zip|ics|xml|css|js)$",
    re.IGNORECASE,
)
_FEWEST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a listing. `mark` stays the same as long as the link and what stands beside it do."""

    url: str
    mark: str


def entries(root: etree._Element, base: str, selector: Any = None) -> list[Entry]:
    """The articles that a listing leads to, in its order, each once.

    Without a selector: what its structured data lists; else links in headings or articles; else any link of some words.
    """
    if selector:
        anchors = [anchor for chosen in selector(root) for anchor in _anchors_of(chosen)]
        return _entries(anchors, base, other_sites=True)
    listed = [url for node in nodes(root) if "ItemList" in types_of(node) for url in _listed(node)]
    found = _of_list(listed, base)
    for anchors in (_in_headings(root), _with_words(root)):
        if len(found) < 2:
            found = _entries(anchors, base) or found
    return found


def _listed(node: dict[str, Any]) -> Iterable[str]:
    for element in values(node, "itemListElement"):
        if isinstance(element, dict):
            inner = element.get("item")
            yield text(inner, "url", "@id") if isinstance(inner, dict) else text(element, "url", "item")


def _of_list(listed: list[str], base: str) -> list[Entry]:
    urls = [url for one in listed if (url := _followed(one, base))]
    return [Entry(url, _mark(url, "")) for url in dict.fromkeys(urls)][:MOST_LINKS]


def _in_headings(root: etree._Element) -> list[etree._Element]:
    return [a for a in root.iter("a") if _has_heading(a) and not _is_furniture(a)]


def _has_heading(anchor: etree._Element) -> bool:
    within = (inner.tag in _HEADINGS for inner in anchor.iter("*"))
    return any(within) or any(above.tag in _HEADINGS for above in list(anchor.iterancestors())[:3])


def _with_words(root: etree._Element) -> list[etree._Element]:
    return [a for a in root.iter("a") if not _is_furniture(a) and len(text_of(a, tail=False).split()) >= _FEWEST_WORDS]


def _is_furniture(anchor: etree._Element) -> bool:
    # A header within an article is that of the article.
    for above in anchor.iterancestors():
        if above.tag == "article":
            return False
        if above.tag in _FURNITURE:
            return True
    return False


def _anchors_of(chosen: etree._Element) -> list[etree._Element]:
    return [chosen] if chosen.tag == "a" else list(chosen.iter("a"))[:1]


def _entries(anchors: Iterable[etree._Element], base: str, *, other_sites: bool = False) -> list[Entry]:
    found: dict[str, Entry] = {}
    for anchor in anchors:
        url = _followed(anchor.get("href") or "", base, other_sites=other_sites)
        if url:
            found.setdefault(links.canonical(url), Entry(url, _mark(url, _beside(anchor))))
    return list(found.values())[:MOST_LINKS]


def _followed(link: str, base: str, *, other_sites: bool = False) -> str:
    url = links.absolute(link, base)
    if not url or links.canonical(url) == links.canonical(base):
        return ""
    parts, own = urlsplit(url), urlsplit(base)
    if not other_sites and (parts.hostname or "").removeprefix("www.") != (own.hostname or "").removeprefix("www."):
        return ""
    if parts.path.strip("/") == "" and not parts.query:
        return ""
    return "" if _NO_ARTICLE.search(parts.path) and not other_sites else links.untracked(url).partition("#")[0]


def _beside(anchor: etree._Element) -> str:
    """The words of the entry that a link stands in, by which a changed title or teaser shows."""
    around = next((above for above in anchor.iterancestors() if above.tag in ("article", "li")), anchor)
    return text_of(around, tail=False)


def _mark(url: str, words: str) -> str:
    return ".".join(hashlib.sha256(part.encode()).hexdigest()[:12] for part in (links.canonical(url), words))
