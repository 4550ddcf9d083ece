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
from digest.sources._item import Item, to_article
from digest.sources.links import WebAddress
from digest.types import Fetch, Found, FoundArticle, Page, SourceContext, Validators

_WEB_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)


class FeedSource:
    """A feed at an address."""

    kind: ClassVar[str] = "feed"

    class Settings(BaseModel):
        """Its keys in config.yaml."""

        model_config = ConfigDict(extra="forbid")

        url: WebAddress

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._url = settings.url
        self._zone = context.zone

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Read the feed, if it has changed. Raises SourceError where it is no feed."""
        page = await fetch(self._url, validators=validators)
        if page.status == 304:
            return Found(validators=validators, unchanged=True)
        # A thread, because feedparser takes seconds over a feed of megabytes, and other sources are waiting.
        return await asyncio.to_thread(read, page, self._zone)

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """Whether a page is a feed."""
        if _jsonfeed.recognises(page.body):
            return True
        return not _WEB_PAGE.match(page.body) and bool(_XML_FEED.search(page.body[:10_000]))


def read(page: Page, zone: ZoneInfo) -> Found:
    """What a feed holds. Raises SourceError where it is none, or too broken to hold anything."""
    if not page.body.strip():
        raise SourceError("the answer is empty where a feed was expected")
    if _WEB_PAGE.match(page.body):
        raise SourceError("this is a web page, not a feed; look on it for the address of its RSS or Atom feed")
    if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        home, items = _jsonfeed.read(page, zone)
    else:
        home, items = _syndication.read(page, zone)
    base = links.absolute(home, page.url) or page.url
    articles, problems = _articles(items, base)
    return Found(articles, validators=page.validators, problems=problems)


def _articles(items: list[Item], base: str) -> tuple[tuple[FoundArticle, ...], tuple[str, ...]]:
    articles: dict[str, FoundArticle] = {}
    problems: list[str] = []
    for number, item in enumerate(_with_own_ids(items), 1):
        article = to_article(item, base)
        if article is None:
            problems.append(f"item {number} has neither a title nor any text, or no link, and was passed over")
        else:
            articles.setdefault(article.key, article)
    return tuple(articles.values()), tuple(problems)


def _with_own_ids(items: Iterable[Item]) -> list[Item]:
    """Items without an id that several of them share: some feeds give every item the same one."""
    items = list(items)
    uses = Counter(item_id for item_id, _ in {(item.id, item.link) for item in items})
    return [replace(item, id="") if uses[item.id] > 1 else item for item in items]
