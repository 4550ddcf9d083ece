"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1), which feedparser silently takes for nothing."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from digest.errors import SourceError
from digest.sources._dates import parse_date
from digest.sources._item import Body, Item, read_body
from digest.sources._members import list_in
from digest.sources._text import plain
from digest.types import Page

_LONGEST_TEXT = 10_000


def recognises(body: bytes) -> bool:
    """Whether bytes are a JSON Feed: it names itself at its very start."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b"jsonfeed.org/version" in body[:10_000]


def read(page: Page, zone: ZoneInfo) -> tuple[str, list[Item]]:
    """The feed's own link, and its items. Raises SourceError where it is no JSON Feed."""
    try:
        feed = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise SourceError("the feed is broken JSON and nothing in it can be read") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version" not in _text(feed, "version"):
        raise SourceError("this is JSON, but not a JSON Feed: its `version` or `items` is missing")
    language = _text(feed, "language")
    return _text(feed, "home_page_url"), [_item(item, zone, language) for item in items if isinstance(item, dict)]


def _item(item: dict[str, Any], zone: ZoneInfo, language: str) -> Item:
    html = _text(item, "content_html")
    return Item(
        id=_text(item, "id"),
        title=plain(_text(item, "title")),
        link=_text(item, "url") or _text(item, "external_url"),
        published_at=parse_date(_text(item, "date_published") or _text(item, "date_modified"), zone),
        categories=[plain(tag) for tag in list_in(item, "tags") if isinstance(tag, str)],
        names=_names(item),
        summary=plain(_text(item, "summary"), _LONGEST_TEXT),
        body=read_body(html) if html else Body(plain(_text(item, "content_text"), _LONGEST_TEXT)),
        image=_text(item, "image") or _text(item, "banner_image"),
        language=_text(item, "language") or language,
        raw=html,
    )


def _text(values: dict[str, Any], name: str) -> str:
    """A member as text; ids may be numbers (1.1, “items”: convert them)."""
    value = values.get(name)
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _names(item: dict[str, Any]) -> list[str]:
    authors = list_in(item, "authors") or [item.get("author")]
    return [plain(_text(author, "name")) for author in authors if isinstance(author, dict)]
