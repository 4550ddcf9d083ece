"""The feeds that a web page names (https://www.rssboard.org/rss-autodiscovery)."""

import re

from lxml import etree

from digest.sources import links
from digest.types import Page

_TYPES = (
    "application/feed+json",
    "application/json",
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
)
_WEB_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_COMMENTS = re.compile(r"comments?\b|/comments/", re.IGNORECASE)
_HEAD = 200_000


def is_web_page(page: Page) -> bool:
    """Whether a page is HTML, and so no feed itself."""
    return bool(_WEB_PAGE.match(page.body[:_HEAD].removeprefix(b"\xef\xbb\xbf")))


def feeds_of(page: Page) -> list[str]:
    """The addresses of the feeds that a web page names, in its own order; those of comments last."""
    if not is_web_page(page):
        return []
    root = etree.fromstring(page.body[:_HEAD].replace(b"\0", b""), etree.HTMLParser(no_network=True))
    if root is None:
        return []
    base = next((links.absolute(one.get("href") or "", page.url) for one in root.iter("base")), "") or page.url
    named = [
        (bool(_COMMENTS.search(f"{link.get('title')} {link.get('href')}")), url)
        for link in root.iter("link", "a")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").split(";")[0].strip().lower() in _TYPES
        and "wp-json" not in (link.get("href") or "")  # a page's own record, which WordPress calls an alternate too
        and (url := links.absolute(link.get("href") or "", base))
    ]
    return list(dict.fromkeys(url for _, url in sorted(named, key=lambda one: one[0])))
