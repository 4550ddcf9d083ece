"""Single pages: what one is that somebody names, and which of several are gone."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from digest.collect.fetch import open_fetch
from digest.errors import FetchError, SourceError
from digest.sources import links
from digest.sources.page import understand
from digest.types import Fetch, FoundArticle, FoundEvent

_GONE = (404, 410)


async def read_page(
    url: str, site_url: str, zone: ZoneInfo, *, allow_private: bool = False
) -> list[FoundArticle | FoundEvent]:
    """Fetch a page and read it; one on another site than ours stands at an outlet. Raises SourceError."""
    address = links.absolute(url)
    if not address:
        raise SourceError(f"{url} is no address that starts with https:// or http://")
    async with open_fetch(site_url, allow_private=allow_private) as fetch:
        return await understand(await fetch(address), zone, site_url)


async def gone(pages: Mapping[int, str], fetch: Fetch) -> list[int]:
    """The numbers of those pages that their servers say are gone; one that does not answer may be there."""
    found = []
    for number, url in pages.items():
        try:
            page = await fetch(url, accept=_GONE, robots=True)
        except FetchError:
            continue
        if page.status in _GONE:
            found.append(number)
    return found
