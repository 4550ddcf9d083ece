"""Finds out what an address or a file is, and what it would give as a source. Stores nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from digest import sources
from digest.collect.fetch import open_fetch
from digest.errors import FetchError, SourceError
from digest.sources import links
from digest.types import Fetch, Found, Page, SourceContext, Validators

_UNDERSTOOD = "what is understood: an RSS, Atom, RDF or JSON feed, a WordPress site, a folder of Markdown files"
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_WORDPRESS_POSTS = "/wp-json/wp/v2/posts"


@dataclass(frozen=True, slots=True)
class Check:
    """What a location is, and what it gives."""

    kind: str
    found: Found


async def check(location: str, context: SourceContext, user_agent_url: str = "") -> Check:
    """Look at a URL, a `file:` URL, or the path of a feed file or a folder (relative to the working directory).

    Raises SourceError saying what was seen and what is understood.
    """
    if urlsplit(location).scheme in ("http", "https"):
        async with open_fetch(user_agent_url) as fetch:
            return await _check_address(location, fetch, context)
    source, read = _open_path(location, context)
    return Check(source.kind, await source.collect(read, Validators()))


async def _check_address(url: str, fetch: Fetch, context: SourceContext) -> Check:
    page = await fetch(url, accept=range(400, 600))
    kind = _kind_of(page)
    if kind is None:
        # A theme may hide what its site runs on, and not every site has a home page; WordPress's interface tells.
        page_of_posts = await fetch(f"{url.rstrip('/')}{_WORDPRESS_POSTS}?per_page=1", accept=range(400, 600))
        kind = _kind_of(page_of_posts)
        if kind is None:
            raise SourceError(f"{url} gives {_description(page)}; {_UNDERSTOOD}")
        page = page_of_posts
    source = _make(kind, {"url": page.url}, context)
    return Check(kind, await source.collect(fetch, Validators()))


def _open_path(location: str, context: SourceContext) -> tuple[Any, Fetch]:
    """The source that a path or a `file:` URL names, and how it reads."""
    path = Path(unquote(urlsplit(location).path) if location.startswith("file:") else location).absolute()
    if path.is_dir():
        return _make("folder", {"path": str(path)}, context), _reader(None)
    try:
        page = Page(path.as_uri(), 200, {}, path.read_bytes())
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    kind = _kind_of(page)
    if kind is None:
        raise SourceError(f"{path} holds {_description(page)}; {_UNDERSTOOD}")
    return _make(kind, {"url": page.url}, context), _reader(page)


def _reader(page: Page | None) -> Fetch:
    """Stands in for the network: it knows one page and no other."""

    async def read(url: str, *, validators: Validators | None = None, accept: Sequence[int] = ()) -> Page:
        if page is None or url != page.url:
            raise FetchError(f"a file alone is not enough, {url} is needed too; check the site's address instead", url)
        return page

    return read


def _kind_of(page: Page) -> str | None:
    if page.status >= 400:
        return None
    return next((kind for kind in sources.kinds() if sources.find(kind).recognises(page)), None)


def _make(kind: str, values: dict[str, str], context: SourceContext) -> Any:
    found = sources.find(kind)
    # Not validated: a `file:` address is right here, and nowhere else.
    return found(found.Settings.model_construct(**values), context)


def _description(page: Page) -> str:
    """What somebody would call it, with a hint where the page names its feed."""
    if page.status >= 400:
        return f"the error {page.status}"
    body = page.body.lstrip()
    if not body:
        return "nothing"
    if body[:1] == b"{":
        return "JSON that is no JSON Feed"
    if body[:1] != b"<":
        return "neither a feed nor a web page"
    if b"<html" not in body[:1000].lower():
        return "XML that is no feed"
    feeds = _feeds(body)
    return (
        f"a web page that names a feed: {links.absolute(feeds[0], page.url)}" if feeds else "a web page without a feed"
    )


def _feeds(body: bytes) -> list[str]:
    root = etree.fromstring(body, etree.HTMLParser(no_network=True))
    alternates = (link for link in root.iter("link") if link.get("rel") == "alternate")
    return [link.get("href", "") for link in alternates if link.get("type") in _FEED_TYPES]
