"""A web page read as an article or as events: what it declares of itself, else what a reader sees on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml import etree

from digest.sources import links
from digest.sources._dates import parse_date
from digest.sources._happenings import read_event
from digest.sources._item import Body, Item, read_tree, to_article
from digest.sources._nodes import Node, nodes, text, texts, types_of
from digest.sources._people import is_byline
from digest.sources._text import excerpt, html_title, plain, text_of
from digest.types import FoundArticle, FoundEvent, Page

_LONGEST_PAGE = 3_000_000
_ARTICLES = re.compile(
    r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report|ClaimReview|Review|PressRelease|QAPage|PodcastEpisode|CreativeWork)"
)
_GENERAL = ("Article", "NewsArticle", "BlogPosting", "CreativeWork", "Review", "ClaimReview", "WebPage")
"""Types that sites give to anything; they tell no kind."""
_EVENTS = re.compile(r"\w*Event")
_FURNITURE = ("nav", "header", "footer", "aside")
_ASIDE = (*_FURNITURE, "article")
_DATES = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
)
_AUTHORS = ("author", "article:author", "dc.creator", "citation_author", "parsely-author", "byl")
_BLOCKS = ("p", "div", "span", "time", "li", "h2", "h3", "h4", "h5", "h6", "address")
_LONGEST_DATE = 40
# What is shorter is a date, a label, a caption.
_LONG_PARAGRAPH = 60
_SHORT_PARAGRAPH = 20
_SENTENCE_ENDS = (".", "!", "?", "…", "”", '"')


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where a page has what, as compiled CSS selectors; None: found by itself."""

    title: Any = None
    date: Any = None
    author: Any = None
    text: Any = None
    categories: Any = None


NO_SELECTORS = Selectors()


class NotAnArticleError(Exception):
    """A page is no article; the words say why."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page taken apart."""

    root: etree._Element
    url: str
    meta: dict[str, list[str]]
    node: Node
    """The structured data of the article; empty: there is none."""
    select: Selectors = field(repr=False)

    def said(self, *names: str) -> list[str]:
        """What meta elements of the first of these names say."""
        return next((self.meta[name] for name in names if name in self.meta), [])


def parse_page(page: Page) -> etree._Element:
    """The tree of a hostile page; lxml drops what is nested deeper than 256 levels. Raises NotAnArticleError."""
    declared = re.search(r"charset=[\"']?([\w-]+)", page.headers.get("content-type", ""), re.IGNORECASE)
    body = page.body[:_LONGEST_PAGE].replace(b"\0", b"")
    encoding = declared[1] if declared else None if re.search(rb"<meta[^>]{1,200}charset", body[:4096]) else "utf-8"
    try:
        root = etree.fromstring(body, _parser(encoding))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAnArticleError("is empty, or no web page") from error
    if root is None:
        raise NotAnArticleError("is empty, or no web page")
    return root


def _parser(encoding: str | None) -> etree.HTMLParser:
    try:
        return etree.HTMLParser(encoding=encoding, no_network=True, remove_comments=True, remove_pis=True)
    except LookupError:  # an encoding that nobody knows
        return _parser("utf-8")


def read_events(root: etree._Element, url: str, zone: ZoneInfo) -> list[FoundEvent]:
    """The events that a page declares."""
    found = (read_event(node, url, zone) for node in nodes(root) if any(map(_EVENTS.fullmatch, types_of(node))))
    return list({event.key: event for event in found if event}.values())


def read_page(
    page: Page, zone: ZoneInfo, home: str = "", select: Selectors = NO_SELECTORS
) -> list[FoundArticle | FoundEvent]:
    """The events that a page declares, else the article that it is. Raises NotAnArticleError.

    Times that name no zone are in `zone`. A page on another site than `home` stands at an outlet; empty: no page does.
    """
    root = parse_page(page)
    events = read_events(root, _canonical(root, page.url), zone)
    return [*events] if events else [_article(page, root, zone, home, select)]


def _article(page: Page, root: etree._Element, zone: ZoneInfo, home: str, select: Selectors) -> FoundArticle:
    if root.find(".//form[@class='post-password-form']") is not None:
        raise NotAnArticleError("needs a password")
    url = _canonical(root, page.url)
    own = [node for node in nodes(root) if any(map(_ARTICLES.fullmatch, types_of(node)))]
    seen = _Seen(root, url, _meta(root), own[0] if own else {}, select)
    names, published_at = _names(seen), _published_at(seen, zone)
    body = _body(seen)  # takes the byline out of the page, so that it begins no excerpt
    item = Item(
        id=links.canonical(url) if url else "",
        title=_title(seen),
        link=url,
        published_at=published_at,
        type=next((one for one in types_of(seen.node) if one not in _GENERAL), ""),
        tags=_tags(seen),
        categories=_categories(seen),
        names=names,
        summary=_summary(seen),
        body=body,
        outlet=_site_name(seen) if home and _site(url) != _site(home) else "",
        outlet_url=url,
        image=text(seen.node, "image", "thumbnailUrl") or next(iter(seen.said("og:image", "twitter:image")), ""),
        language=text(seen.node, "inLanguage") or root.get("lang") or "",
    )
    if not item.title:
        raise NotAnArticleError("has no title")
    article = to_article(item, page.url)
    if article is None:
        raise NotAnArticleError("has neither a title nor an address")
    return article


def _canonical(root: etree._Element, address: str) -> str:
    """What the page calls its address, if that is on its own site: another's word is not taken for it."""
    said = [link.get("href", "") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    for one in said:
        url = links.absolute(one, address)
        if url and (not links.absolute(address) or _site(url) == _site(address)):
            return url
    return address


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _meta(root: etree._Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name.lower(), []).append(content)
    return found


def _selected(seen: _Seen, selector: Any) -> list[etree._Element]:
    return [found for found in selector(seen.root) if isinstance(found.tag, str)] if selector else []


def _title(seen: _Seen) -> str:
    chosen = [text_of(one, tail=False) for one in _selected(seen, seen.select.title)]
    headings = [text_of(one, tail=False) for one in seen.root.iter("h1")]
    whole = [text_of(one, tail=False) for one in seen.root.iter("title")]
    offers = [*chosen, text(seen.node, "headline"), *seen.said("og:title", "twitter:title"), *headings, *whole]
    title = next(filter(None, map(html_title, offers)), "")
    for name in filter(None, [*seen.said("og:site_name"), text(seen.node, "publisher")]):
        title = re.sub(rf"\s+[|–—·-]\s+{re.escape(name)}$", "", title)
    return title


def _site_name(seen: _Seen) -> str:
    return plain(next(iter(seen.said("og:site_name")), "") or text(seen.node, "publisher") or _site(seen.url), 100)


def _published_at(seen: _Seen, zone: ZoneInfo) -> datetime | None:
    chosen = [one.get("datetime") or text_of(one, tail=False) for one in _selected(seen, seen.select.date)]
    times = [one.get("datetime") or "" for one in _content(seen.root).iter("time")]
    offers = [*chosen, text(seen.node, "datePublished", "dateCreated"), *seen.said(*_DATES), *times]
    for offer in filter(None, offers):
        if moment := parse_date(offer, zone):
            return moment
    for block in _blocks(seen.root):
        words = text_of(block, tail=False)
        if len(words) <= _LONGEST_DATE and (moment := parse_date(words, zone)):
            return moment
    return None


def _names(seen: _Seen) -> list[str]:
    chosen = [text_of(one, tail=False) for one in _selected(seen, seen.select.author)]
    if chosen:
        return chosen
    lines = [line for block in _blocks(seen.root) if is_byline(line := text_of(block, tail=False))]
    # The first only: what follows an article are often others, with their own.
    declared = texts(seen.node, "author", "creator") or [one for one in seen.said(*_AUTHORS) if "://" not in one]
    return [html_title(one) for one in declared] if declared and not lines else lines[:1]


def _categories(seen: _Seen) -> list[str]:
    chosen = [text_of(one, tail=False) for one in _selected(seen, seen.select.categories)]
    sections = texts(seen.node, "articleSection") or seen.meta.get("article:section", [])
    # What WordPress themes mark an article's own terms with; those in a menu are not marked.
    marked = [
        text_of(link, tail=False)
        for link in _content(seen.root).iter("a")
        if "tag" in (link.get("rel") or "").lower().split()
    ]
    return [html_title(one) for one in chosen or [*sections, *marked]]


def _tags(seen: _Seen) -> list[str]:
    said = texts(seen.node, "keywords") or seen.meta.get("article:tag", [])
    return [html_title(one) for words in said for one in words.split(",")]


def _summary(seen: _Seen) -> str:
    said = text(seen.node, "description", "abstract") or next(
        iter(seen.said("og:description", "description", "twitter:description", "dc.description")), ""
    )
    return excerpt(plain(said, 10_000))


def _body(seen: _Seen) -> Body:
    """The words of the article among all that is on the page, and its outlet."""
    whole = read_tree(_content(seen.root), seen.url)
    chosen = " ".join(text_of(one, tail=False) for one in _selected(seen, seen.select.text))
    words = chosen or ("" if _summary(seen) else _main_text(seen))
    return Body(words, (), whole.outlet, whole.outlet_url)


def _main_text(seen: _Seen) -> str:
    """Paragraphs that are sentences; where there are none, what trafilatura makes out among divs and tables."""
    words = " ".join(_paragraphs(_content(seen.root)))
    if words:
        return words
    # 1.3 s and 35 MB to import; few pages need it.
    from trafilatura import bare_extraction

    found = bare_extraction(deepcopy(seen.root), fast=True, include_comments=False, with_metadata=False)
    return plain(getattr(found, "text", None) or "", 10_000)


def _paragraphs(content: etree._Element) -> Iterator[str]:
    """What reads as sentences below the heading; breadcrumbs stand above it, teasers are articles of their own."""
    heading = next(content.iter("h1"), None)
    is_below = heading is None
    for element in content.iter("h1", "p"):
        is_below = is_below or element is heading
        within = takewhile(lambda above: above is not content, element.iterancestors())
        if not is_below or element.tag != "p" or any(above.tag in _ASIDE for above in within):
            continue
        words = text_of(element, tail=False)
        if len(words) >= _LONG_PARAGRAPH or (len(words) >= _SHORT_PARAGRAPH and words.endswith(_SENTENCE_ENDS)):
            yield words


def _content(root: etree._Element) -> etree._Element:
    """The part of the page that is its own: the article that holds its heading, else the main part, else all."""
    articles = [one for one in root.iter("article") if one.find(".//h1") is not None]
    parts = articles or list(root.iter("main")) or list(root.iter("body"))
    return parts[0] if parts else root


def _blocks(root: etree._Element) -> Iterable[etree._Element]:
    """Elements of the content that hold a line rather than other blocks, outside of menus and the like."""
    for element in _content(root).iter(*_BLOCKS):
        if len(element) <= 3 and not any(above.tag in _FURNITURE for above in element.iterancestors()):
            yield element
