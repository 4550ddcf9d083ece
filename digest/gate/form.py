"""Rules for the form of the message: lines, MIME parts, size."""

import re
from collections.abc import Iterator

from digest.gate.context import Context
from digest.gate.finding import Finding, error, warning
from digest.gate.letter import Letter

CLIP_BYTES = 100_000
"""Gmail hides what follows about 102 kB of HTML, and with it the unsubscribe link."""
_NEAR = 0.9
_HEADER_COLUMNS = 998
_BODY_COLUMNS = 76
_REPORT = "this is a fault of the program; please report it"


def line_ends(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 5322, section 2.3: CR and LF only together. A lone one lets a second message be smuggled in."""
    if found := re.search(rb"(?<!\r)\n|\r(?!\n)", letter.raw):
        line = letter.raw.count(b"\r\n", 0, found.start()) + 1
        yield error("line-ends", f"line {line} of the message", "a line does not end with CR LF", _REPORT)


def header_lines(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 5322, section 2.1.1."""
    if max(map(len, letter.head.split(b"\r\n"))) > _HEADER_COLUMNS:
        yield error("header-lines", "header", f"a line is longer than {_HEADER_COLUMNS} characters", _REPORT)


def body_lines(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 2045, section 6.7: relays may fold what is longer, and break the signature with it."""
    if max(map(len, letter.body.split(b"\r\n"))) > _BODY_COLUMNS:
        yield error("body-lines", "body", f"an encoded line is longer than {_BODY_COLUMNS} characters", _REPORT)


def parts(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 2046, section 5.1.4: plain text first, HTML last; both in UTF-8 and encoded for 7 bits."""
    message = letter.message
    kinds = [part.get_content_type() for part in message.walk()]
    if kinds != ["multipart/alternative", "text/plain", "text/html"]:
        problem = f"it is made of {', '.join(kinds)} instead of plain text, then HTML"
        yield error("parts", "message", problem, _REPORT)
    for part in message.walk():
        if part.defects:
            problem = f"it cannot be read without guessing: {type(part.defects[0]).__name__}"
            yield error("parts", f"part {part.get_content_type()}", problem, _REPORT)
        encoding = str(part.get("Content-Transfer-Encoding", "")).lower()
        is_text = part.get_content_maintype() == "text"
        if is_text and (encoding not in ("quoted-printable", "base64") or part.get_content_charset() != "utf-8"):
            problem = "it is not UTF-8 in quoted-printable or base64"
            yield error("parts", f"part {part.get_content_type()}", problem, _REPORT)


def html_size(letter: Letter, _context: Context) -> Iterator[Finding]:
    """Gmail clips long letters; both sizes count, since measurers disagree on which one it looks at."""
    for words, size in (("", len(letter.html.encode())), (" as encoded for the wire", letter.encoded_html_bytes)):
        problem = (
            f"it has {size:,} bytes{words}; Gmail hides what follows {CLIP_BYTES:,}, the unsubscribe link included"
        )
        remedy = "leave articles out (digest edit --hide), or shorten their excerpts at the source"
        if size >= CLIP_BYTES:
            yield error("html-size", "HTML", problem, remedy)
        elif size >= CLIP_BYTES * _NEAR:
            yield warning("html-size", "HTML", problem, remedy)


FORM_RULES = (line_ends, header_lines, body_lines, parts, html_size)
