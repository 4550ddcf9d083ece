"""Events as structured data describes them (https://schema.org/Event), and how they are attended."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from digest.sources import links
from digest.sources._dates import parse_date
from digest.sources._nodes import Node, text, texts, values
from digest.sources._text import excerpt, html_title, html_to_text, plain
from digest.types import FoundEvent

_ONLINE = re.compile(
    r"\b(?:virtual|online|webinar|webcast|livestream|live stream|zoom|teams|webex|https?://)", re.IGNORECASE
)
_BOTH = re.compile(r"\b(?:hybrid|in[ -]person and (?:online|virtual)|online and in[ -]person)\b", re.IGNORECASE)
_MODES = {"online": "virtual", "offline": "in person", "mixed": "hybrid"}


def mode_of(place: str, *words: str) -> str:
    """How an event is attended by its place and its words: `virtual`, `in person`, `hybrid`; empty: they do not say."""
    if _BOTH.search(" ".join((place, *words))):
        return "hybrid"
    if _ONLINE.search(place) or (not place and any(map(_ONLINE.search, words))):
        return "virtual"
    return "in person" if place else ""


def read_event(node: Node, base: str, zone: ZoneInfo) -> FoundEvent | None:
    """The event that a node describes; None where it is cancelled, or has no title or no start."""
    title = html_title(text(node, "name", "headline"))
    starts_at = _moment(text(node, "startDate"), zone)
    if not title or starts_at is None or "cancel" in text(node, "eventStatus").lower():
        return None
    url = links.untracked(links.absolute(text(node, "url", "@id"), base) or links.absolute(base))
    if not url:
        return None
    place = _place(values(node, "location"))
    said = re.search(r"(online|offline|mixed)\w*$", text(node, "eventAttendanceMode").lower())
    ends_at = _moment(text(node, "endDate"), zone)
    return FoundEvent(
        key=f"{links.canonical(url)} {starts_at:%Y-%m-%d}",
        title=title,
        url=url,
        starts_at=starts_at,
        ends_at=ends_at if ends_at and ends_at > starts_at else None,
        zone=zone.key,
        mode=_MODES[said[1]] if said else mode_of(place, title),
        place="" if place.startswith(("http://", "https://")) else place,
        excerpt=excerpt(html_to_text(text(node, "description"))),
        categories=tuple(dict.fromkeys(html_title(one) for one in _labels(node))),
    )


def _labels(node: Node) -> list[str]:
    return [one.strip() for words in texts(node, "keywords", "about") for one in words.split(",") if one.strip()]


def _moment(written: str, zone: ZoneInfo) -> datetime | None:
    return parse_date(written, zone) if written else None


def _place(locations: list[Any]) -> str:
    names = []
    for one in locations:
        if isinstance(one, dict):
            address = one.get("address")
            parts = [text(one, "name"), _address(address)] if "Virtual" not in str(one.get("@type")) else []
            names += [plain(part) for part in parts if part]
        elif isinstance(one, str):
            names.append(plain(one))
    return plain(", ".join(dict.fromkeys(filter(None, names))), 200)


def _address(address: Any) -> str:
    if isinstance(address, dict):
        return ", ".join(filter(None, (text(address, part) for part in ("streetAddress", "addressLocality"))))
    return address if isinstance(address, str) else ""
