"""The last steps that every source shares: from an item as it was written to an article as we pass it on."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml import etree

from digest.sources import _kinds, links
from digest.sources._people import is_byline, people
from digest.sources._text import cut, excerpt, parse_html, plain, text_of
from digest.types import FoundArticle

_LONGEST_KEY = 200
_TITLE_WORDS = 80
_UNTITLED = "Untitled"
_BLOCKS = ("p", "div", "span", "h2", "h3", "h4", "h5", "h6", "address")
_FIRST_BLOCKS = 12
_BYLINE_PARTS = 6
# BCP 47 in its common shape; `en_US` is how WordPress writes it.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_READ_AT = re.compile(
    r"(?:read|watch|listen|see)(?: (?:more|it|the (?:full |original )*(?:article|piece|op-ed|interview|story)))?"
    r" (?:at|in|on) (?P<outlet>\S.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Body:
    """What an item's HTML text tells: its words, its byline, and where its closing “Read at …” link leads."""

    text: str = ""
    names: tuple[str, ...] = ()
    """`By Ann Lee`, `Featuring Bo Chen`, as written."""
    outlet: str = ""
    outlet_url: str = ""


def read_body(markup: str, base: str = "") -> Body:
    """Read an item's HTML text. Its byline and its “Read at …” link are taken out of the words."""
    return read_tree(parse_html(markup), base) if markup else Body()


def read_tree(tree: etree._Element, base: str = "") -> Body:
    """Read a parsed text; see `read_body`."""
    names = _take_bylines(tree)
    outlet, outlet_url = _take_outlet(tree, base)
    return Body(text_of(tree), names, outlet, outlet_url)


def _take_bylines(tree: etree._Element) -> tuple[str, ...]:
    names = []
    for block in list(islice(tree.iter(*_BLOCKS), _FIRST_BLOCKS)):
        line = text_of(block, tail=False) if len(block) <= _BYLINE_PARTS else ""
        if is_byline(line):
            names.append(line)
            _empty(block)
    return tuple(names)


def _take_outlet(tree: etree._Element, base: str) -> tuple[str, str]:
    for link in reversed(list(tree.iter("a"))):
        match = _READ_AT.fullmatch(text_of(link, tail=False))
        if match:
            outlet_url = links.absolute(link.get("href", ""), base)
            _empty(link)
            return plain(match["outlet"], 100), outlet_url
    return "", ""


def _empty(element: etree._Element) -> None:
    for child in list(element):
        element.remove(child)
    element.text = None


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a source in plain text. Its links are as the source wrote them."""

    id: str = ""
    title: str = ""
    link: str = ""
    published_at: datetime | None = None
    type: str = ""
    """What kind of record the source keeps it as, `press-release`; empty: it does not say."""
    tags: Sequence[str] = ()
    categories: Sequence[str] = ()
    names: Sequence[str] = ()
    summary: str = ""
    body: Body = Body()
    outlet: str = ""
    outlet_url: str = ""
    image: str = ""
    language: str = ""
    raw: str = ""
    """What it holds as the source wrote it: an item of a single picture has no words, and is one all the same."""


def to_article(item: Item, base: str) -> FoundArticle | None:
    """The article an item stands for; None where it is empty, or no address can be made for it.

    `base` is the address of the page it stood on; it serves for items that have no link of their own.
    """
    short = excerpt(item.summary or item.body.text)
    link = links.absolute(item.link, base)
    title = item.title or cut(short, _TITLE_WORDS) or _title_from(link)
    if not title and (item.id or link or item.image or item.raw.strip()):
        title = _UNTITLED
    key = _key(item, link, title)
    url = link or links.absolute(links.for_item(base, key))
    if not title or not url:
        return None
    categories, tags = _each_once(item.categories), _each_once(item.tags)
    kind = _kinds.judge([item.type, *tags, *categories], url, title)
    outlet = item.body.outlet or item.outlet
    outlet_url = item.body.outlet_url if item.body.outlet else links.absolute(item.outlet_url)
    return FoundArticle(
        key=key,
        title=title,
        url=links.untracked(url),
        published_at=item.published_at,
        kind=kind,
        outlet=outlet,
        outlet_url=links.untracked(outlet_url) if outlet else "",
        people=people([*item.names, *item.body.names], kind),
        excerpt=short,
        image_url=links.absolute(item.image, base),
        categories=categories,
        tags=tags,
        language=_language(item.language),
    )


def _each_once(labels: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for label in filter(None, labels):
        first.setdefault(label.casefold(), label)
    return tuple(first.values())


def _language(tag: str) -> str:
    return tag.replace("_", "-") if _LANGUAGE.fullmatch(tag) else ""


def _title_from(link: str) -> str:
    """`Asia giants find` of `https://www.example.org/2026/asia-giants-find/`; empty where the address has no words."""
    last = unquote(urlsplit(link).path).rstrip("/").rpartition("/")[2].partition(".")[0]
    words = plain(re.sub(r"[-_+]+", " ", last), _TITLE_WORDS)
    return words[:1].upper() + words[1:] if " " in words else ""


def _key(item: Item, link: str, title: str) -> str:
    told_apart = item.raw if title == _UNTITLED else item.published_at
    key = plain(item.id, 10_000) or (links.canonical(link) if link else f"{title}\n{told_apart}")
    return key if len(key) <= _LONGEST_KEY and "\n" not in key else hashlib.sha256(key.encode()).hexdigest()
