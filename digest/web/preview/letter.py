"""One letter as it is looked at: its parts on the page, its HTML as light and dark readers see it, and as files."""

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Literal

import lxml.html

from digest import files as storage
from digest.desk import Desk
from digest.types import DigestKey

Scheme = Literal["light", "dark"]

CLIP_BYTES = 100_000
"""Gmail hides what follows some 102 kB of HTML."""
NOBODY = "reader@example.com"
_STYLE = re.compile(r"<style\b.*?</style>", re.IGNORECASE | re.DOTALL)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_HEAD_END = re.compile(r"</head>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter taken apart. `source` is the message as it goes over the wire, with links that lead nowhere."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    source: bytes

    def header(self, name: str) -> str:
        """A header field by its name."""
        return next(value for key, value in self.headers if key == name)

    @property
    def preheader(self) -> str:
        """What an inbox shows beside the subject: the first hidden text of the HTML."""
        divs = lxml.html.document_fromstring(self.html).iter("div")
        hidden = next((div for div in divs if "display:none" in div.get("style", "")), None)
        return "" if hidden is None else " ".join(str(hidden.xpath("string()")).split())

    @property
    def html_bytes(self) -> int:
        """The size of the HTML, before quoted-printable: what a mail program clips by."""
        return len(self.html.encode())


def compose(desk: Desk, edition: int, key: DigestKey, to: str = NOBODY) -> Letter:
    """One digest of an edition as a letter to `to`. Raises ComposeError where it cannot be composed."""
    _, blueprint = desk.blueprint(edition, key)
    slots = {
        "to": to,
        "message_id": f"preview@{desk.message_domain}",
        "unsubscribe": "preview",
        "preferences": "preview",
        "delivery": "preview",
    }
    source = blueprint.fill(slots)
    message = email.message_from_bytes(source, _class=EmailMessage, policy=default)
    return Letter(
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        source=source,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def in_scheme(html: str, scheme: Scheme) -> str:
    """The HTML as a reader with this colour scheme sees it, whatever the browser that shows it prefers.

    Conditions become ones that are always or never true, so that `not`, `and` and commas around them keep their sense.
    """

    def decide(style: re.Match[str]) -> str:
        return _PREFERS.sub(lambda match: "(min-width:0)" if match[1].lower() == scheme else "(max-width:0)", style[0])

    forced = f'<style>:root{{color-scheme:only {scheme} !important}}</style><base target="_blank">'
    return _HEAD_END.sub(lambda head: forced + head[0], _STYLE.sub(decide, html), count=1)


def files(desk: Desk, edition: int, key: DigestKey, out: Path) -> list[Path]:
    """Write a digest to subject.txt, letter.html, letter.txt and letter.eml in the folder `out`, which is made.

    Raises ComposeError where it cannot be composed, OSError where it cannot be written.
    """
    letter = compose(desk, edition, key)
    contents = {
        "subject.txt": f"{letter.header('Subject')}\n".encode(),
        "letter.html": letter.html.encode(),
        "letter.txt": letter.text.encode(),
        "letter.eml": letter.source,
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        storage.write(out / name, content)
    return [out / name for name in contents]
