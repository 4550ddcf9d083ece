"""Header fields, written so that no value can start another one."""

from email.header import Header
from email.utils import parseaddr

from digest.compose import clean
from digest.errors import ComposeError

_LINE = 76
"""RFC 2047, section 2: the longest line that holds an encoded word."""


def text_field(name: str, value: str) -> bytes:
    """A field of free text, folded; RFC 2047 encoded words where ASCII cannot say it exactly."""
    return _field(name, _words(name, clean.line(value)))


def mailbox_field(name: str, display_name: str, angle: str) -> bytes:
    """A field of a phrase and what stands in angle brackets: From (RFC 5322, section 3.4), List-Id (RFC 2919)."""
    # Mail programs lose a no-break space at the end of a name, so every blank is an ordinary one here.
    phrase = " ".join(clean.text(display_name).split())
    if not phrase:
        return _field(name, f"<{angle}>")
    written = '"' + phrase.replace("\\", "\\\\").replace('"', '\\"') + '"'
    # A quoted string is never folded: some parsers end it at the line. Encoded words fold well.
    if not phrase.isascii() or "=?" in phrase or len(name) + len(written) + 2 > _LINE:
        written = _encoded(name, phrase)
    last = written.rpartition("\r\n")[2]
    gap = " " if len(name) + len(last) + len(angle) + 5 <= _LINE else "\r\n "
    return _field(name, f"{written}{gap}<{angle}>")


def split_mailbox(key: str, mailbox: str) -> tuple[str, str]:
    """Name and address of `Name <address>`. Raises ComposeError that names the `key` where it has no ASCII address."""
    name, address = parseaddr(mailbox)
    local, _, host = address.rpartition("@")
    if not (local and host and address.isascii() and address.isprintable() and " " not in address):
        raise ComposeError(
            f"{key}: {mailbox!r} is not `Name <address>` with an ASCII address; write the domain as xn--…"
        )
    return name, address


def _words(name: str, value: str) -> str:
    # A value that only looks encoded would be decoded by the reader, and a word too long for a line cannot be folded.
    plain = value.isascii() and "=?" not in value and all(len(word) < _LINE - len(name) for word in value.split(" "))
    return Header(value, maxlinelen=_LINE, header_name=name).encode(linesep="\r\n") if plain else _encoded(name, value)


def _encoded(name: str, value: str) -> str:
    return Header(value, "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")


def _field(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode("ascii")
