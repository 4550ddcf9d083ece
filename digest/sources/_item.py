"""The last steps that every source shares: from an item as it was written to an article as we pass it on."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.sources import links
from digest.sources._rules import people, sort_labels
from digest.sources._text import cut, excerpt, parse_html, plain, text_of
from digest.types import FoundArticle

_LONGEST_KEY = 200
_TITLE_WORDS = 80
_READ_AT = re.compile(
    r"(?:read|watch|listen|see)(?: (?:more|it|the (?:full |original )*(?:article|piece|op-ed|interview|story)))?"
    r" (?:at|in|on) (?P<outlet>\S.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Body:
    """What an item's HTML text tells: its words, and the outlet that its closing “Read at …” link leads to."""

    text: str = ""
    outlet: str = ""
    outlet_url: str = ""


def read_body(markup: str) -> Body:
    """Read an item's HTML text; the “Read at …” link is taken out of the words."""
    if not markup:
        return Body()
    tree = parse_html(markup)
    for link in reversed(list(tree.iter("a"))):
        match = _READ_AT.fullmatch(text_of(link))
        if match:
            outlet_url = links.absolute(link.get("href", ""))
            for child in list(link):
                link.remove(child)
            link.text = None
            return Body(text_of(tree), plain(match["outlet"], 100), outlet_url)
    return Body(text_of(tree))


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a source in plain text. Its links are as the source wrote them."""

    id: str = ""
    title: str = ""
    link: str = ""
    published_at: datetime | None = None
    labels: Sequence[str] = ()
    names: Sequence[str] = ()
    summary: str = ""
    body: Body = Body()
    outlet: str = ""
    outlet_url: str = ""
    image: str = ""


def to_article(item: Item, base: str) -> FoundArticle | None:
    """The article an item stands for; None where it has neither title nor words, or no address can be made for it.

    `base` is the address of the page it stood on; it serves for items that have no link of their own.
    """
    short = excerpt(item.summary or item.body.text)
    title = item.title or cut(short, _TITLE_WORDS)
    link = links.absolute(item.link, base)
    key = _key(item, link, title)
    url = link or links.absolute(links.for_item(base, key))
    if not title or not url:
        return None
    kind, categories = sort_labels(item.labels)
    return FoundArticle(
        key=key,
        title=title,
        url=url,
        published_at=item.published_at,
        kind=kind,
        outlet=item.body.outlet or item.outlet,
        outlet_url=item.body.outlet_url or ("" if item.body.outlet else links.absolute(item.outlet_url)),
        people=people(item.names, kind),
        excerpt=short,
        image_url=links.absolute(item.image, base),
        categories=categories,
    )


def _key(item: Item, link: str, title: str) -> str:
    key = plain(item.id, 10_000) or (links.canonical(link) if link else f"{title}\n{item.published_at}")
    return key if len(key) <= _LONGEST_KEY and "\n" not in key else hashlib.sha256(key.encode()).hexdigest()
