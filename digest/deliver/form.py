"""A blueprint made ready for the wire: its dots are stuffed once, not once per recipient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from digest.blueprint import Blueprint, Place, Slot, encode


@dataclass(frozen=True, slots=True)
class Form:
    """The pieces of a blueprint as they are and as SMTP wants them; empty where that depends on the values."""

    slots: tuple[Slot, ...]
    pieces: tuple[bytes, ...]
    stuffed: tuple[bytes, ...]
    names_delivery: bool = False
    """Whether a slot wants the delivery's token."""

    @classmethod
    def read(cls, stored: bytes) -> Self:
        """From a blueprint's stored form. Raises zlib.error, ValueError or TypeError for one that is damaged."""
        blueprint = Blueprint.from_bytes(stored)
        names_delivery = any(slot.name == "delivery" for slot in blueprint.slots)
        return cls(blueprint.slots, blueprint.pieces, _stuffed(blueprint), names_delivery)

    def fill(self, values: Mapping[str, str]) -> tuple[bytes, bytes]:
        """The message, plain and stuffed (empty: not known). Raises KeyError for a slot without a value."""
        filling = [encode(values[slot.name], slot.place) for slot in self.slots]
        message = _interleave(self.pieces, filling)
        if self.stuffed is self.pieces:
            return message, message
        return message, _interleave(self.stuffed, filling) if self.stuffed else b""


def _interleave(pieces: tuple[bytes, ...], filling: list[bytes]) -> bytes:
    parts = [b""] * (2 * len(filling) + 1)
    parts[::2] = pieces
    parts[1::2] = filling
    return b"".join(parts)


def _stuffed(blueprint: Blueprint) -> tuple[bytes, ...]:
    """The pieces with their dots stuffed (RFC 5321, section 4.5.2), the same object where there is none to stuff.

    A value in a header stands behind something on its line. In a body it is a line of its own between soft breaks, and
    begins with no dot, but the piece behind it begins a line.
    """
    pieces, slots = blueprint.pieces, blueprint.slots
    in_header = [slot.place is Place.HEADER for slot in slots]
    behind = all(piece[-1:] not in (b"", b"\n") for piece, header in zip(pieces, in_header, strict=False) if header)
    if not (behind and pieces[-1].endswith(b"\r\n") and all(map(_ends_lines_right, pieces))):
        return ()
    stuffed = tuple(
        (b"." if piece.startswith(b".") and not in_line else b"") + piece.replace(b"\r\n.", b"\r\n..")
        for piece, in_line in zip(pieces, [False, *in_header], strict=True)
    )
    return pieces if stuffed == pieces else stuffed


def _ends_lines_right(piece: bytes) -> bool:
    return piece.count(b"\r\n") == piece.count(b"\r") == piece.count(b"\n")
