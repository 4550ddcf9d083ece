"""Web pages: a listing, and the pages of the articles or events it leads to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError
from pydantic import AfterValidator, BaseModel, ConfigDict

from digest.errors import FetchError, SourceError
from digest.sources import links
from digest.sources._apart import apart
from digest.sources._listing import Entry, entries
from digest.sources._page import NotAnArticleError, Selectors, parse_page, read_events, read_page
from digest.sources.links import WebAddress
from digest.types import Fetch, Found, FoundArticle, FoundEvent, Page, SourceContext, Validators

_LOOKED_AT_AGAIN = 5
"""So many of the newest are read at every visit, for a correction changes no listing."""
_GONE = (404, 410)


def _compiled(selector: str) -> Callable[..., Any] | None:
    try:
        return CSSSelector(selector, translator="html") if selector else None
    except (SelectorError, XPathError) as error:
        raise ValueError(f"is no CSS selector: {error}") from error


def _checked(selector: str) -> str:
    _compiled(selector)
    return selector


Selector = Annotated[str, AfterValidator(_checked)]


class SelectSettings(BaseModel):
    """CSS selectors for a site that does not declare what its pages are; each is optional."""

    model_config = ConfigDict(extra="forbid")

    links: Selector = ""
    """On the listing: the links, or the entries of which the first link counts."""
    title: Selector = ""
    date: Selector = ""
    author: Selector = ""
    text: Selector = ""
    categories: Selector = ""


class PageSource:
    """A listing page and the pages it leads to."""

    kind: ClassVar[str] = "page"

    class Settings(BaseModel):
        """Its keys in config.yaml. `url` is the listing's address."""

        model_config = ConfigDict(extra="forbid")

        url: WebAddress
        select: SelectSettings = SelectSettings()

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._url = settings.url
        self._select = settings.select
        self._zone = context.zone

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Read the listing, then those pages that are new or whose entry has changed, and the newest few again.

        What has been read is remembered as marks in place of an ETag. Raises SourceError where the listing cannot be
        read, or leads nowhere; a page that cannot is a problem in words, and asked for again the next time.
        """
        page = await fetch(self._url)
        listing = await apart(_read_listing, page, self._url, self._select, self._zone)
        known = frozenset(validators.etag.split())
        visit = _Visit()
        for number, entry in enumerate(listing.entries):
            if entry.mark in known and number >= _LOOKED_AT_AGAIN:
                visit.marks.append(entry.mark)
            else:
                await self._read(fetch, entry, visit)
        return Found(
            articles=tuple({article.key: article for article in visit.articles}.values()),
            events=tuple({event.key: event for event in (*listing.events, *visit.events)}.values()),
            validators=Validators(etag=" ".join(visit.marks)),
            problems=tuple(visit.problems),
            gone=frozenset(visit.gone),
        )

    async def _read(self, fetch: Fetch, entry: Entry, visit: "_Visit") -> None:
        try:
            page = await fetch(entry.url, accept=_GONE, robots=True)
            if page.status in _GONE:
                visit.gone.append(links.canonical(entry.url))
            else:
                visit.keep(await apart(_read_page, page, self._zone, self._url, self._select))
        except NotAnArticleError as error:
            visit.problems.append(f"{entry.url} {error} and was passed over")
        except SourceError as error:
            visit.problems.append(error.problem if isinstance(error, FetchError) else f"{entry.url}: {error}")
            return
        visit.marks.append(entry.mark)

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """Any web page is one; other kinds are asked before."""
        start = page.body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return b"<html" in start or start.startswith(b"<!doctype html")


@dataclass(frozen=True, slots=True)
class _Listing:
    entries: list[Entry]
    events: list[FoundEvent]


def _read_listing(page: Page, url: str, select: SelectSettings, zone: ZoneInfo) -> _Listing:
    try:
        root = parse_page(page)
    except NotAnArticleError as error:
        raise SourceError(f"{url} {error}") from error
    base = links.absolute(page.url) or url
    found = _Listing(entries(root, base, _compiled(select.links)), read_events(root, base, zone))
    if not found.entries and not found.events:
        raise SourceError(
            f"{url} leads to no article that can be made out; name its links by a CSS selector in select.links"
        )
    return found


async def understand(page: Page, zone: ZoneInfo, home: str) -> list[FoundArticle | FoundEvent]:
    """What one page is; `home` is the site whose own pages have no outlet. Raises SourceError."""
    try:
        return await apart(read_page, page, zone, home)
    except NotAnArticleError as error:
        raise SourceError(f"{page.url} {error}") from error


def _read_page(page: Page, zone: ZoneInfo, home: str, select: SelectSettings) -> list[FoundArticle | FoundEvent]:
    chosen = {name: _compiled(getattr(select, name)) for name in ("title", "date", "author", "text", "categories")}
    return read_page(page, zone, home, Selectors(**chosen))


@dataclass(slots=True)
class _Visit:
    """What the pages gave, while they are read."""

    articles: list[FoundArticle] = field(default_factory=list)
    events: list[FoundEvent] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def keep(self, items: list[FoundArticle | FoundEvent]) -> None:
        for item in items:
            if isinstance(item, FoundArticle):
                self.articles.append(item)
            else:
                self.events.append(item)
