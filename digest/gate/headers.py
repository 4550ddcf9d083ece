"""Rules for the header."""

import re
from collections import Counter
from collections.abc import Iterator
from email.utils import format_datetime, getaddresses, parsedate_to_datetime

from digest.gate.context import Context
from digest.gate.finding import Finding, error, warning
from digest.gate.letter import Letter

_WANTED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
_MAY_REPEAT = {"received", "dkim-signature"}
_PROVIDERS = {
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "aol.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
}
_LIST_ID = re.compile(r"[^<>]*<([\w-]+(?:\.[\w-]+)+)>", re.ASCII)
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_REPORT = "this is a fault of the program; please report it"


def one_of_each_header(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 5322, section 3.6, RFC 2369, section 3, and Gmail: one of each, and none missing."""
    counts = Counter(field.name.lower() for field in letter.fields)
    for name in _WANTED:
        if not counts[name.lower()]:
            yield error("one-of-each-header", f"header {name}", "it is missing", _REPORT)
    for name, count in counts.items():
        if count > 1 and name not in _MAY_REPEAT:
            yield error("one-of-each-header", f"header {name}", f"it stands there {count} times", _REPORT)


def list_unsubscribe(letter: Letter, context: Context) -> Iterator[Finding]:
    """RFC 8058, section 3.1: one HTTPS URI, and beside it at most a mailto."""
    for value in letter.values("List-Unsubscribe"):
        addresses = re.findall(r"<([^<>\s]+)>", value)
        web = [address for address in addresses if not address.startswith("mailto:")]
        good = ("https://", "http://") if context.http_allowed else ("https://",)
        if len(web) != 1 or not web[0].startswith(good):
            problem = "it must hold exactly one https address, or Gmail and Yahoo show no unsubscribe button"
            yield error("list-unsubscribe", "header List-Unsubscribe", problem, "give web.url as https://…")


def list_unsubscribe_line(letter: Letter, _context: Context) -> Iterator[Finding]:
    """On one line, because some relays break the DKIM signature of a folded one."""
    for field in letter.fields:
        if field.name.lower() == "list-unsubscribe" and "\n" in field.value:
            yield error("list-unsubscribe-line", "header List-Unsubscribe", "it is folded", _REPORT)


def list_unsubscribe_post(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 8058, section 3.1: this pair and nothing else."""
    for value in letter.values("List-Unsubscribe-Post"):
        if value != "List-Unsubscribe=One-Click":
            problem = f"it says {value!r} instead of List-Unsubscribe=One-Click"
            yield error("list-unsubscribe-post", "header List-Unsubscribe-Post", problem, _REPORT)


def list_id(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 2919, section 2: a phrase, then `<label.domain>`, at most 255 octets."""
    for value in letter.values("List-Id"):
        if not _LIST_ID.fullmatch(value) or len(value) > 255:
            problem = "it is not a name and <newsletter.domain> of at most 255 characters (RFC 2919)"
            yield error("list-id", "header List-Id", problem, "shorten the newsletter's name or key in config.yaml")


def message_id(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 5322, section 3.6.4."""
    for value in letter.values("Message-ID"):
        if not _MESSAGE_ID.fullmatch(value):
            yield error("message-id", "header Message-ID", f"{value!r} is not <left@domain>", _REPORT)


def date(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 5322, section 3.3: a real moment, with its own day of the week and its zone."""
    for value in letter.values("Date"):
        try:
            written_again = format_datetime(parsedate_to_datetime(value))
        except ValueError:
            written_again = ""
        if value != written_again or value.endswith("-0000"):
            yield error("date", "header Date", f"{value!r} is not a valid date with its zone", _REPORT)


def sender(letter: Letter, _context: Context) -> Iterator[Finding]:
    """One address in From, and not at a mailbox provider, whose DMARC policy would have it refused."""
    for value in letter.values("From"):
        found = getaddresses([value])
        domain = found[0][1].partition("@")[2].lower() if found else ""
        if len(found) != 1 or not domain or not value.isascii():
            problem, remedy = f"{value!r} is not one address", "write `from: Name <address>` in config.yaml"
            yield error("from", "header From", problem, remedy)
        elif domain in _PROVIDERS:
            problem = f"Gmail, Yahoo and Microsoft refuse letters in the name of {domain} that they did not send"
            yield error("from", "header From", problem, "send from a domain of your own: `from:` in config.yaml")


def automatic(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 3834, section 5.2: it keeps holiday notices away."""
    if letter.values("Auto-Submitted") != ["auto-generated"]:
        problem = "it is not `auto-generated`, so that readers on holiday would answer by machine"
        yield warning("auto-submitted", "header Auto-Submitted", problem, _REPORT)


def feedback_id(letter: Letter, _context: Context) -> Iterator[Finding]:
    """Gmail: at most three identifiers, then the sender's own of 5 to 15 characters."""
    for value in letter.values("Feedback-ID"):
        *others, own = value.split(":")
        if len(others) > 3 or not 5 <= len(own) <= 15:
            problem = f"{value!r} is not at most three words and a sender of 5 to 15 characters, joined by colons"
            yield warning("feedback-id", "header Feedback-ID", problem, _REPORT)


def encoded_words(letter: Letter, _context: Context) -> Iterator[Finding]:
    """RFC 2047, section 2: an encoded word has at most 75 characters, its line at most 76."""
    for line in letter.head.split(b"\r\n"):
        words = re.findall(rb"=\?[^\s?]+\?[bq]\?[^\s?]*\?=", line, re.IGNORECASE)
        if words and (len(line) > 76 or max(map(len, words)) > 75):
            name = line.partition(b":")[0].strip().decode("ascii", "replace")[:40]
            yield error("encoded-words", f"header, line “{name}…”", "an encoded word is too long (RFC 2047)", _REPORT)


HEADER_RULES = (
    one_of_each_header,
    list_unsubscribe,
    list_unsubscribe_line,
    list_unsubscribe_post,
    list_id,
    message_id,
    date,
    sender,
    automatic,
    feedback_id,
    encoded_words,
)
