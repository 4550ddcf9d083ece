"""Finds addresses in what servers write. Not what an address may be (RFC 5321), but what one looks like in a report."""

import re

_LOCAL = r"[^\s<>\"'(),:;@\[\]\\|]{1,100}"
_DOMAIN = r"[^\s<>\"'(),:;@\[\]\\/|*=]{1,253}"
ADDRESS = re.compile(rf"(?<![^\s<>\"'(),:;\[\]|*])(?:\"[^\"\s@]{{1,100}}\"|{_LOCAL})@{_DOMAIN}")
_EDGES = ".,;:!?`'\"”’»>-"
_NOBODY = re.compile(r"mailer-?daemon|post_?master|mail-?master|abuse|no-?reply", re.IGNORECASE)


def addresses_in(text: str) -> list[str]:
    """Every address of a text, in order, each once, without the brackets and stops around it."""
    found = dict.fromkeys(_trim(match.group()) for match in ADDRESS.finditer(text))
    return [address for address in found if "." in address.rpartition("@")[2] or address.isascii()]


def address_of(value: str) -> str:
    """The address of a report's field: `rfc822; <a@example.org>`, `utf-8;…` (RFC 3464, section 2.3; RFC 6533).

    Empty where the value has nothing like one.
    """
    _, kind_ends, rest = value.partition(";")
    # Amavis and others leave the type out; an address has no semicolon.
    text = _unescape(rest if kind_ends else value)
    found = addresses_in(text)
    if found:
        return found[0]
    return text.strip().strip("<>")[:254] if kind_ends else ""


def is_nobody(address: str) -> bool:
    """Whether the address is one of those that reports come from, not one that letters go to."""
    return _NOBODY.fullmatch(address.partition("@")[0]) is not None


def same(one: str, other: str) -> bool:
    """Whether two addresses are the same for all that mail servers do to them: case is folded on the way."""
    return one.casefold() == other.casefold()


def _trim(address: str) -> str:
    return re.sub(r"^(?:mailto:|smtp=)", "", address.strip(_EDGES), flags=re.IGNORECASE)


def _unescape(text: str) -> str:
    """Decode `\\x{HEX}` (RFC 6533, section 3: utf-8-addr-xtext)."""
    return re.sub(r"\\x\{([0-9A-Fa-f]{2,6})\}", lambda hit: _letter(int(hit[1], 16)) or hit[0], text)


def _letter(number: int) -> str:
    return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else ""
