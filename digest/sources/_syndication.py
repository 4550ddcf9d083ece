"""RSS, Atom and RDF, read by feedparser, which copes with almost anything a server calls a feed."""

import io
from typing import Any
from xml.sax import SAXException
from zoneinfo import ZoneInfo

import feedparser

from digest.errors import SourceError
from digest.sources import links
from digest.sources._dates import parse_date
from digest.sources._depth import refuse_deep
from digest.sources._item import Body, Item, read_body
from digest.sources._text import html_title, html_to_text, plain
from digest.types import Page

_LONGEST_TEXT = 10_000


def read(page: Page, zone: ZoneInfo) -> tuple[str, list[Item]]:
    """The feed's own link, and its items. Raises SourceError where it is no feed, or broken and empty."""
    parsed = _parse(page)
    entries, version = parsed.get("entries", []), parsed.get("version", "")
    fault = parsed.get("bozo_exception")
    if not entries and not version:
        raise SourceError("this is not a feed: neither RSS, Atom, RDF nor JSON Feed")
    if not entries and isinstance(fault, SAXException):
        raise SourceError(f"the feed is broken XML and nothing in it can be read ({_fault_in_words(fault)})")
    language = _text(parsed.get("feed", {}), "language")
    items = [_item(entry, version.startswith("atom"), zone, language) for entry in entries]
    return _text(parsed.get("feed", {}), "link"), items


def _parse(page: Page) -> dict[str, Any]:
    refuse_deep(page.body)
    headers = {name: page.headers[name] for name in ("content-type",) if name in page.headers}
    if links.absolute(page.url):
        headers["content-location"] = page.url
    try:
        # A stream, because feedparser takes bare bytes for the name of a file to open.
        parsed: dict[str, Any] = feedparser.parse(
            io.BytesIO(page.body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # its fallback parser raises whatever strikes it: AssertionError, LookupError, …
        raise SourceError(f"the feed is too broken to be read ({type(error).__name__})") from error
    return parsed


def _fault_in_words(fault: SAXException) -> str:
    line = getattr(fault, "getLineNumber", lambda: None)()
    message = plain(fault.getMessage(), 100)
    return message if line is None else f"line {line}: {message}"


def _item(entry: dict[str, Any], atom: bool, zone: ZoneInfo, language: str) -> Item:
    source = entry.get("source") or {}
    return Item(
        id=_text(entry, "id"),
        title=_title(entry.get("title_detail") or {}, atom),
        # FeedBurner puts itself between a feed and its links, and keeps the true ones beside.
        link=_text(entry, "feedburner_origlink") or _text(entry, "link"),
        published_at=_published_at(entry, zone),
        categories=[html_title(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ()],
        names=_names(entry),
        summary=_summary(entry, atom),
        body=_body(entry, atom),
        outlet=plain(_text(source, "title"), 100),
        outlet_url=_text(source, "href"),
        image=_image(entry),
        language=_text(entry.get("title_detail") or {}, "language") or _text(entry, "language") or language,
        raw=_raw(entry),
    )


def _raw(entry: dict[str, Any]) -> str:
    details = [entry.get("title_detail"), entry.get("summary_detail"), *(entry.get("content") or ())]
    parts = [_text(detail, name) for detail in details if detail for name in ("value", "src")]
    return "".join((*parts, *(_text(link, "href") for link in entry.get("links") or ())))[:10_000]


def _text(values: dict[str, Any], name: str) -> str:
    # Not values.get: feedparser's own warns when it puts one date in the place of another.
    value = dict.get(values, name)
    return value if isinstance(value, str) else ""


def _is_plain(detail: dict[str, Any], atom: bool) -> bool:
    # Only Atom says so reliably (RFC 4287, section 3.1.1); RSS calls everything plain and holds HTML.
    return atom and _text(detail, "type") == "text/plain"


def _title(detail: dict[str, Any], atom: bool) -> str:
    value = _text(detail, "value")
    return plain(value) if _is_plain(detail, atom) else html_title(value)


def _summary(entry: dict[str, Any], atom: bool) -> str:
    detail = entry.get("summary_detail") or {}
    value = _text(detail, "value")
    return plain(value, _LONGEST_TEXT) if _is_plain(detail, atom) else html_to_text(value)


def _body(entry: dict[str, Any], atom: bool) -> Body:
    contents = entry.get("content") or [{}]
    value = _text(contents[0], "value")
    if _is_plain(contents[0], atom):
        return Body(plain(value, _LONGEST_TEXT))
    return read_body(value)


def _published_at(entry: dict[str, Any], zone: ZoneInfo) -> Any:
    dates = (parse_date(_text(entry, name), zone) for name in ("published", "updated", "created"))
    return next((moment for moment in dates if moment), None)


def _names(entry: dict[str, Any]) -> list[str]:
    return [html_title(_text(author, "name")) for author in entry.get("authors") or ()]


def _image(entry: dict[str, Any]) -> str:
    offers = [
        *((_text(media, "url"), "image") for media in entry.get("media_thumbnail") or ()),
        *(
            (_text(media, "url"), _text(media, "medium") + _text(media, "type"))
            for media in entry.get("media_content") or ()
        ),
        *((_text(link, "href"), _text(link, "type")) for link in entry.get("enclosures") or ()),
    ]
    return next((url for url, kind in offers if url and kind.startswith("image")), "")
