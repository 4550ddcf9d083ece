"""Feeds: RSS, Atom, RDF and JSON Feed."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from digest.errors import SourceError
from digest.sources import _jsonfeed, _syndication, links
from digest.sources._apart import apart
from digest.sources._item import Item, to_article
from digest.sources.discovery import feeds_of, is_web_page
from digest.sources.links import WebAddress
from digest.types import Fetch, Found, FoundArticle, Page, SourceContext, Validators

_PROTECTED = "There is no excerpt because this is a protected post."
"""What WordPress puts into its feeds in the place of a text that wants a password."""
_XML_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)


class FeedSource:
    """A feed at an address, or the one that a web page there names."""

    kind: ClassVar[str] = "feed"

    class Settings(BaseModel):
        """Its keys in config.yaml."""

        model_config = ConfigDict(extra="forbid")

        url: WebAddress

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._url = settings.url
        self._zone = context.zone

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Read the feed, if it has changed. Raises SourceError where there is none."""
        page = await fetch(self._url, validators=validators)
        if page.status != 304 and is_web_page(page):
            named = await asyncio.to_thread(feeds_of, page)
            if not named:
                raise SourceError("this is a web page that names no feed; kind `page` reads web pages")
            page = await fetch(named[0], validators=validators)
        if page.status == 304:
            return Found(validators=validators, unchanged=True)
        return await apart(read, page, self._zone)

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """Whether a page is a feed."""
        if _jsonfeed.recognises(page.body):
            return True
        return not is_web_page(page) and bool(_XML_FEED.search(page.body[:10_000]))


def read(page: Page, zone: ZoneInfo) -> Found:
    """What a feed holds. Raises SourceError where it is none, or too broken to hold anything."""
    if not page.body.strip():
        raise SourceError("the answer is empty where a feed was expected")
    if is_web_page(page):
        raise SourceError("this is a web page, not a feed; look on it for the address of its RSS or Atom feed")
    if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        home, items = _jsonfeed.read(page, zone)
    else:
        home, items = _syndication.read(page, zone)
    base = links.absolute(home, page.url) or page.url
    articles, problems, gone = _articles(items, base)
    return Found(articles, validators=page.validators, problems=problems, gone=gone)


def _articles(items: list[Item], base: str) -> tuple[tuple[FoundArticle, ...], tuple[str, ...], frozenset[str]]:
    articles: dict[str, FoundArticle] = {}
    problems: list[str] = []
    gone: set[str] = set()
    for number, item in enumerate(_with_own_ids(items), 1):
        article = to_article(item, base)
        if article is None:
            problems.append(f"item {number} is empty, or has no link, and was passed over")
        elif _PROTECTED in (item.summary, item.body.text):
            problems.append(f"item {number} needs a password and was passed over")
            gone.add(article.key)
        else:
            articles.setdefault(article.key, article)
    return tuple(articles.values()), tuple(problems), frozenset(gone)


def _with_own_ids(items: Iterable[Item]) -> list[Item]:
    """Items without an id that several of them share: some feeds give every item the same one."""
    items = list(items)
    uses = Counter(item_id for item_id, _ in {(item.id, item.link) for item in items})
    return [replace(item, id="") if uses[item.id] > 1 else item for item in items]
