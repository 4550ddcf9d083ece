"""A filled letter, taken apart once for all rules."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from functools import cached_property

from digest.gate.page import Page

_FIELD_ENDS = re.compile(rb"\r?\n(?![ \t])")
_FOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Field:
    """A header field; `value` as it stands on the wire, folds included."""

    name: str
    value: str

    @property
    def unfolded(self) -> str:
        """The value on one line (RFC 5322, section 2.2.3)."""
        return _FOLD.sub("", self.value)


class Letter:
    """One message as bytes, and what its parts say. Anything can be read from it, however broken it is."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        self.fields = tuple(_fields(self.head))

    def values(self, name: str) -> list[str]:
        """The unfolded values of every field of this name, in any case."""
        return [field.unfolded for field in self.fields if field.name.lower() == name.lower()]

    @cached_property
    def message(self) -> "Message[str, str]":
        """The MIME structure."""
        return email.message_from_bytes(self.raw, policy=compat32)

    @cached_property
    def text(self) -> str:
        """The plain text, decoded; empty where there is none."""
        return _decoded(self._part("text/plain"))

    @cached_property
    def html(self) -> str:
        """The HTML, decoded; empty where there is none."""
        return _decoded(self._part("text/html"))

    @cached_property
    def encoded_html_bytes(self) -> int:
        """The size of the HTML part as it travels."""
        part = self._part("text/html")
        return len(str(part.get_payload())) if part else 0

    @cached_property
    def page(self) -> Page:
        """The HTML as a tree."""
        return Page(self.html)

    @cached_property
    def words(self) -> str:
        """The plain text as `plain_words` writes it."""
        return plain_words(self.text)

    def _part(self, content_type: str) -> "Message[str, str] | None":
        return next((part for part in self.message.walk() if part.get_content_type() == content_type), None)


def plain_words(value: str) -> str:
    """Text without line breaks and in one case, so that wrapping and capitals make no difference."""
    # By way of upper case, because the Turkish dotless i has no other way back: headings of the plain text are upper.
    return " ".join(value.upper().casefold().split())


def _fields(head: bytes) -> Iterator[Field]:
    for line in _FIELD_ENDS.split(head):
        name, _, value = line.decode("ascii", "replace").partition(":")
        yield Field(name.strip(), value.strip(" "))


def _decoded(part: "Message[str, str] | None") -> str:
    payload = part.get_payload(decode=True) if part else None
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
