"""A stored message as a page may show it. Everything in it is hostile, and a broken message still shows what it can."""

import email
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Final

from digest.testserver.maildir import Stored

_UNREADABLE: Final = "(cannot be read)"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message: its headers in order, its two bodies where it has them, and how many bytes it is."""

    name: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    size: int

    def header(self, name: str) -> str:
        """The first header of that name, in any case; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def show(stored: Stored) -> Shown:
    """Read a message leniently."""
    message = email.message_from_bytes(stored.content, _class=EmailMessage, policy=default)
    return Shown(
        name=stored.name,
        headers=tuple((name, _value(name, raw)) for name, raw in message.raw_items()),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        size=len(stored.content),
    )


def _value(name: str, raw: str) -> str:
    try:
        return str(default.header_fetch_parse(name, raw))
    except Exception:  # The standard library's header parser has raised many kinds on hostile input.
        return _UNREADABLE


def _body(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body((kind,))
        return str(part.get_content()) if part else ""
    except Exception:  # An unknown charset, a broken encoding, a part that says it is what it is not.
        return _UNREADABLE
