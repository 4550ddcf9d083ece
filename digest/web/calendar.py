"""An event as a calendar takes it (RFC 5545). Pure: no page, no database, no clock."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from digest.types import Event

_LINE = 75
"""Octets; a longer line is folded (section 3.1)."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def calendar(event: Event, *, changed_at: datetime, domain: str, product: str) -> bytes:
    """One event as a file of its own. `domain` is ours, for its UID; `product` says whose file it is.

    `changed_at` is aware and says which of two copies is the newer (DTSTAMP, section 3.8.7.2).
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(product)}//digest//EN",
        "BEGIN:VEVENT",
        f"UID:event-{event.id}@{domain}",
        f"DTSTAMP:{_utc(changed_at)}",
        f"DTSTART:{_utc(event.starts_at)}",
        *([f"DTEND:{_utc(event.ends_at)}"] if event.ends_at and event.ends_at > event.starts_at else ()),
        f"SUMMARY:{_text(event.title)}",
        *([f"LOCATION:{_text(event.place)}"] if event.place else ()),
        *([f"DESCRIPTION:{_text(event.excerpt)}"] if event.excerpt else ()),
        f"URL:{_CONTROLS.sub('', event.url)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _utc(at: datetime) -> str:
    """Form 2 of section 3.3.5: a moment everywhere, whatever zones a calendar knows."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Section 3.3.11: what would end a value or a line is escaped; other control characters have no place in it."""
    lines = _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"([\\;,])", r"\\\1", lines).replace("\n", r"\n")


def _folded(line: str) -> Iterator[bytes]:
    """Pieces of at most 75 octets that split no character; each after the first begins with a space."""
    piece = b""
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _LINE:
            yield piece
            piece = b" "
        piece += octets
    yield piece
