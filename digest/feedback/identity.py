"""What in a report may name the delivery it is about. Whether it does, its signature says (digest/tokens.py)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from digest.feedback.reading import Fields, Mail, first
from digest.feedback.report import Marks

ENVELOPE = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "original-recipient", "to", "cc")
"""Where servers that receive a message leave the address it came to, the surest first."""
_TOKEN = re.compile(r"(?<![a-z0-9])[a-z2-7]{29}(?![a-z0-9])", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>]{1,500}/([A-Za-z0-9_.\-~]{20,300})")
_AT_MOST = 20


def find_marks(mail: Mail, returned: Fields) -> Marks:
    """The address it came to, then ENVID and return path as servers report them, then the returned header."""
    own = (value for name in ENVELOPE for key, value in mail.fields if key == name)
    reported = (value for _, value in mail.feedback or ())
    header = (value for _, value in returned)
    return Marks(
        deliveries=_distinct(_tokens([*own, *mail.statuses, *reported, *header])),
        links=_distinct(hit[1] for hit in _LINK.finditer(first(returned, "list-unsubscribe")[:2000])),
        message_id=first(returned, "message-id").strip().strip("<>")[:300],
    )


def find_tokens(texts: Sequence[str]) -> tuple[str, ...]:
    """What looks like a delivery's token in any of these texts."""
    return _distinct(_tokens(texts))


def _tokens(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (hit.group().lower() for hit in _TOKEN.finditer(text[:2000]))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(list(dict.fromkeys(values))[:_AT_MOST])
