"""Reads a message of any bytes into its parts: never an exception, bounded in time and memory.

The standard library's parser does the work, behind three guards. A message is cut at 256 KB and 5,000 lines, for
reports say what they have to say at the beginning. A Content-Type longer than 2,000 bytes and more than 50 boundaries
are not parsed as MIME, for the time that they take grows with the square of their length. And what the parser raises
on malformed input (it has raised IndexError, ValueError, LookupError, RecursionError) makes the message plain text.
"""

import binascii
import html
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message

MAX_BYTES = 256 * 1024
_MAX_LINES = 5000
_MAX_LINE = 1000
"""RFC 5321, section 4.5.3.1.6 lets a line have 1,000 octets."""
_MAX_TEXT_LINES = 500
_MAX_STATUS_LINES = 2000
_MAX_DEPTH = 6
_MAX_BOUNDARIES = 50
_MAX_PARTS = 100

_LONG_TYPE = re.compile(rb"^content-type:(?:[^\n]|\n[ \t]){2000}", re.IGNORECASE | re.MULTILINE)
_CHARSET = re.compile(r"(?:utf-?8|us-ascii|iso-?8859-\d{1,2}|windows-125\d|iso-2022-jp\w{0,8}|euc-(?:jp|kr)|shift_jis|"
                      r"gb2312|gbk|gb18030|big5|koi8-[ru]|iso-2022-kr)", re.IGNORECASE)  # fmt: skip
_TAG = re.compile(r"<[a-zA-Z/!][^<>@]*>")
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset(
    {
        "message/rfc822",
        "message/rfc822-headers",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
    }
)

Fields = tuple[tuple[str, str], ...]
"""Header fields in order: names in lower case, values unfolded."""


@dataclass(frozen=True, slots=True)
class Mail:
    """The parts of a message that a verdict looks at."""

    fields: Fields
    kind: str
    """Its Content-Type, `multipart/report`."""
    lines: tuple[str, ...]
    """What it says to people."""
    statuses: tuple[str, ...]
    """The lines of its machine-readable delivery status (RFC 3464, RFC 6533)."""
    feedback: Fields | None
    """The fields of its feedback report (RFC 5965); None: there is none."""
    returned: Fields
    """The header of the message it gives back."""
    is_receipt: bool = False
    """Whether it is a disposition notification: somebody's mail program says that she has opened it (RFC 8098)."""

    def value(self, name: str) -> str:
        """The first value of a field, encoded words decoded; empty where there is none."""
        return first(self.fields, name)


def first(fields: Fields, name: str) -> str:
    """The first value of a field; empty where there is none. `name` in lower case."""
    return next((value for key, value in fields if key == name), "")


def read_mail(raw: bytes) -> Mail:
    """The parts of a message, whatever the bytes."""
    raw = raw[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\0", b" ")
    raw = b"\n".join(raw.split(b"\n", _MAX_LINES)[:_MAX_LINES])
    if raw.startswith(b"From "):  # an mbox's separator line
        raw = raw.partition(b"\n")[2]
    if _is_safe(raw):
        try:
            return _read_parts(message_from_bytes(raw))
        except Exception:  # no list of what that parser raises has ever been complete
            return _read_as_text(raw)
    return _read_as_text(raw)


def read_fields(lines: Iterator[str]) -> Fields:
    """Header fields up to the first empty line, unfolded."""
    fields: list[list[str]] = []
    for line in lines:
        if not line.strip():
            break
        if line[0] in " \t":
            if fields and len(fields[-1][1]) < _MAX_LINE:
                fields[-1][1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if colon and " " not in name.strip() and len(fields) < _MAX_STATUS_LINES:
            fields.append([name.strip().lower(), value.strip()])
    return tuple((name, value) for name, value in fields)


def _is_safe(raw: bytes) -> bool:
    return raw.lower().count(b"boundary") <= _MAX_BOUNDARIES and not _LONG_TYPE.search(raw)


def _read_as_text(raw: bytes) -> Mail:
    header, _, body = raw.partition(b"\n\n")
    fields = read_fields(iter(_lines(_decode(header, ""), _MAX_STATUS_LINES)))
    return Mail(fields, "text/plain", _lines(_decode(body, ""), _MAX_TEXT_LINES), (), None, ())


def _read_parts(message: Message) -> Mail:
    plain: list[str] = []
    hypertext: list[str] = []
    statuses: list[str] = []
    feedback: Fields | None = None
    returned: Fields = ()
    passed_on: Message | None = None
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind in _STATUS:
            statuses += _raw_lines(part)
        elif kind == "message/feedback-report":
            feedback = feedback or read_fields(iter(_raw_lines(part)))
        elif kind in _RETURNED:
            returned = returned or read_fields(iter(_raw_lines(part)))
            passed_on = passed_on or _report_inside(part)
        elif kind == "text/html":
            hypertext += _lines(_TAG.sub(" ", html.unescape(_text(part))), _MAX_TEXT_LINES)
        elif part.get_content_maintype() in ("text", "multipart"):
            plain += _lines(_text(part), _MAX_TEXT_LINES)
    if passed_on and not statuses and feedback is None:
        inner = _read_parts(passed_on)
        plain, statuses, returned = list(inner.lines), list(inner.statuses), inner.returned
    return Mail(
        fields=tuple((name.lower(), _decode_words(_clean(value))) for name, value in message.raw_items()),
        kind=message.get_content_type(),
        lines=tuple((plain if any(map(str.strip, plain)) else hypertext)[:_MAX_TEXT_LINES]),
        statuses=tuple(statuses[:_MAX_STATUS_LINES]),
        feedback=feedback,
        returned=returned,
        is_receipt=any(map(_is_receipt, _leaves(message))),
    )


def _leaves(message: Message) -> Iterator[Message]:
    """The parts, but not those of a message inside the message."""
    waiting = [(message, 0)]
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        part, depth = waiting.pop(0)
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list) and depth < _MAX_DEPTH:
            waiting[:0] = [(child, depth + 1) for child in children if isinstance(child, Message)]
        else:
            yield part


def _is_receipt(part: Message) -> bool:
    """Whether a part says that the letter was opened. One that was refused or deleted unread is none."""
    return part.get_content_type() == "message/disposition-notification" and any(
        line.lower().startswith("disposition:") and line.lower().endswith(("displayed", "dispatched", "processed"))
        for line in _raw_lines(part)
    )


def _report_inside(part: Message) -> Message | None:
    """The report in a report: somebody's server passed it on as a whole."""
    children = part.get_payload()
    inner = children[0] if isinstance(children, list) and children else None
    return inner if isinstance(inner, Message) and inner.get_content_type() == "multipart/report" else None


def _raw_lines(part: Message) -> tuple[str, ...]:
    """The lines of a part that holds fields. The library has read some kinds of them into messages of their own."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _lines(_text(part), _MAX_STATUS_LINES)
    blocks = [block for block in payload if isinstance(block, Message)]
    if str(part.get("content-transfer-encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        # Those two are for global-delivery-status only (RFC 6533, section 3), and the library leaves them encoded.
        return _lines(_decode_body(part, "".join(map(_body, blocks))), _MAX_STATUS_LINES)
    lines = []
    for block in blocks:
        lines += [f"{name}: {_clean(value)}" for name, value in block.raw_items()]
        lines += ["", _body(block), ""]
    return _lines("\n".join(lines), _MAX_STATUS_LINES)


def _body(part: Message) -> str:
    body = part.get_payload(decode=True)
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""


def _decode_body(part: Message, body: str) -> str:
    data = body.encode("ascii", "ignore")
    if str(part["content-transfer-encoding"]).strip().lower() == "base64":
        try:
            return b64decode(data).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    return binascii.a2b_qp(data).decode("utf-8", "replace")


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return _decode(payload, str(part.get_content_charset() or ""))
    return _body(part)


def _decode(data: bytes, charset: str) -> str:
    # Only character sets that mail uses: Python knows others whose decoding takes quadratic time (punycode, idna).
    if charset and _CHARSET.fullmatch(charset):
        try:
            return data.decode(charset, "replace")
        except LookupError:
            pass
    return data.decode("utf-8", "replace")


def _clean(text: object) -> str:
    """Text of a header or body that the library holds with bytes smuggled in as surrogates."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decode_words(value: str) -> str:
    """A header's value with its encoded words decoded (RFC 2047), unfolded."""
    value = " ".join(value[: 4 * _MAX_LINE].split())
    if "=?" not in value:
        return value
    try:
        words = decode_header(value)
    except (ValueError, LookupError, binascii.Error):
        return value
    return "".join(_decode(word, charset or "") if isinstance(word, bytes) else word for word, charset in words)


def _lines(text: str, most: int) -> tuple[str, ...]:
    return tuple(line[:_MAX_LINE].rstrip() for line in text.split("\n", most)[:most])
