"""Finds out what an address or a file is, and what it would give as a source. Stores nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from digest import sources
from digest.collect.fetch import open_fetch
from digest.errors import FetchError, SourceError
from digest.sources.discovery import feeds_of
from digest.types import Fetch, Found, Page, SourceContext, Validators

_UNDERSTOOD = (
    "what is understood: an RSS, Atom, RDF or JSON feed, a WordPress site, a calendar, "
    "a web page that leads to articles, a folder of Markdown and HTML files"
)
_LAST_RESORT = (None, "page")
"""What a page is where it is nothing better; a site's feed says more than its pages."""
_WORDPRESS_POSTS = "/wp-json/wp/v2/posts"
_MOST_FEEDS = 3


@dataclass(frozen=True, slots=True)
class Check:
    """What a location is, and what it gives. `location` is what config.yaml should name."""

    kind: str
    found: Found
    location: str


async def check(
    location: str, context: SourceContext, user_agent_url: str = "", *, allow_private: bool = False
) -> Check:
    """Look at a URL, a `file:` URL, or the path of a feed file or a folder (relative to the working directory).

    Of a web page that names its feed, the feed is looked at. Raises SourceError saying what was seen and what is
    understood.
    """
    if urlsplit(location).scheme in ("http", "https"):
        async with open_fetch(user_agent_url, allow_private=allow_private) as fetch:
            return await _check_address(location, fetch, context)
    source, read = _open_path(location, context)
    return Check(source.kind, await source.collect(read, Validators()), location)


async def _check_address(url: str, fetch: Fetch, context: SourceContext) -> Check:
    page = await fetch(url, accept=range(400, 600))
    # A theme may hide what its site runs on, and not every site has a home page; WordPress's interface tells.
    candidates = [f"{url.rstrip('/')}{_WORDPRESS_POSTS}?per_page=1", *feeds_of(page)[:_MOST_FEEDS]]
    found, location = page, page.moved_to or url
    kind = own = _kind_of(page)
    while kind in _LAST_RESORT and candidates:
        found = await fetch(candidates.pop(0), accept=range(400, 600))
        location = url if _WORDPRESS_POSTS in found.url else found.url
        kind = _kind_of(found)
    if kind in _LAST_RESORT:
        found, location, kind = page, page.moved_to or url, own
    if kind is None:
        raise SourceError(f"{url} gives {_description(page)}; {_UNDERSTOOD}")
    source = _make(kind, {"url": found.url}, context)
    return Check(kind, await source.collect(fetch, Validators()), location)


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
    if kind in _LAST_RESORT:
        raise SourceError(f"{path} holds {_description(page)}; {_UNDERSTOOD}")
    return _make(kind, {"url": page.url}, context), _reader(page)


def _reader(page: Page | None) -> Fetch:
    """Stands in for the network: it knows one page and no other."""

    async def read(url: str, **_options: Any) -> Page:
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
    return "a web page without a feed"
