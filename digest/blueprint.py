"""A digest as finished MIME bytes with named slots for what is personal.

Composing makes it once per digest, record stores it, delivering fills it: the only work per recipient. A blueprint is
stored as one line of JSON that gives each slot's name, place and offset, then the bytes without the slots, compressed.
Nothing in the bytes marks a slot, so no article can forge one.
"""

import html
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_SOFT_BREAK = b"=\r\n"
_QP_COLUMNS = 72
"""RFC 2045, section 6.7 allows 76 with the soft break; a dot moved to a new column is encoded, so room is left."""
_SAFE = re.compile(r"(?:[!-,/-<>-~][!-<>-~]{0,71})?")
"""One line of which nothing needs encoding: what nearly every token is."""
_PLAIN = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@.+/:-]{0,71}")
"""What stands as it is in every place: what nearly every token and address is."""
_CONTROLS = dict.fromkeys([*range(32), 127])


class Place(StrEnum):
    """Where a slot stands; it decides how its value is written."""

    HEADER = "header"
    """Alone at the end of a header line, or inside angle brackets: written as it is, without control characters."""
    TEXT = "text"
    """In the plain text: quoted-printable."""
    HTML = "html"
    """In the HTML: escaped, then quoted-printable."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a blueprint, to be filled with the value called `name`."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Blueprint:
    """`pieces` are one more than `slots`; each slot stands between two pieces. Line ends are CRLF."""

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The whole message for one recipient. Raises KeyError for a slot without a value."""
        parts = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            parts.append(encode(values[slot.name], slot.place))
            parts.append(piece)
        return b"".join(parts)

    def to_bytes(self) -> bytes:
        """The stored form."""
        offset, head = 0, []
        for slot, piece in zip(self.slots, self.pieces, strict=False):
            offset += len(piece)
            head.append((slot.name, slot.place.value, offset))
        return zlib.compress(json.dumps(head).encode() + b"\n" + b"".join(self.pieces), 6)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read the stored form back."""
        head, _, body = zlib.decompress(stored).partition(b"\n")
        slots, pieces, start = [], [], 0
        for name, place, offset in json.loads(head):
            slots.append(Slot(name, Place(place)))
            pieces.append(body[start:offset])
            start = offset
        return cls((*pieces, body[start:]), tuple(slots))


def encode(value: str, place: Place) -> bytes:
    """A slot's value as its place wants it. In a body it stands alone between soft line breaks."""
    if _PLAIN.fullmatch(value):
        return value.encode() if place is Place.HEADER else b"=\r\n%b=\r\n" % value.encode()
    if place is Place.HEADER:
        return value.translate(_CONTROLS).encode()
    text = html.escape(value) if place is Place.HTML else value
    return _SOFT_BREAK + quoted_printable(text) + _SOFT_BREAK


def quoted_printable(text: str) -> bytes:
    """One stretch of text as quoted-printable lines joined by soft breaks (RFC 2045, section 6.7).

    Every byte that a relay might touch is encoded: line ends, blanks, dots and dashes at a line's start included.
    """
    if _SAFE.fullmatch(text):
        return text.encode()
    lines: list[bytes] = [b""]
    for byte in text.encode("utf-8"):
        plain = (33 <= byte <= 126 and byte not in b"=.-") or (byte in b".-" and lines[-1] != b"")
        token = bytes((byte,)) if plain else b"=%02X" % byte
        if len(lines[-1]) + len(token) > _QP_COLUMNS:
            lines.append(b"")
            token = token if byte not in b".-" else b"=%02X" % byte
        lines[-1] += token
    return _SOFT_BREAK.join(lines)
