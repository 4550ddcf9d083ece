"""Rules for the words: the plain text is a full twin of the HTML, and nothing of the templates is left in either."""

import re
from collections.abc import Iterator

from digest.gate.context import Context
from digest.gate.finding import Finding, error
from digest.gate.letter import Letter, plain_words

_TEMPLATE = "see the template email/digest/body.txt"
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|\b(?:None|undefined)\b")
_MARK = re.compile(r"slot[0-9A-Za-z]{16,}?(?:unsubscribe|preferences)")
_HOME = re.compile(r"https?://[^/?#]*/?", re.IGNORECASE)
_ENDS = r"(?=$|[\s<>()\[\]\"'“”,;]|[.:](?:\s|$))"


def links_in_text(letter: Letter, _context: Context) -> Iterator[Finding]:
    """Whoever reads plain text can open all that the others can; the masthead's link to the bare site aside."""
    for link in dict.fromkeys(letter.page.web_links):
        if not _HOME.fullmatch(link) and not re.search(re.escape(link) + _ENDS, letter.text):
            yield error("links-in-text", "plain text", f"the link {link} of the HTML is not in it", _TEMPLATE)


def titles_in_text(letter: Letter, _context: Context) -> Iterator[Finding]:
    """Every heading of the HTML, whatever its capitals and line breaks; of a logo, no word is wanted."""
    for heading in letter.page.headings:
        words = plain_words(heading.text_content())
        if words not in letter.words:
            shown = " ".join(heading.text_content().split())[:80]
            yield error("titles-in-text", "plain text", f"“{shown}” of the HTML is not in it", _TEMPLATE)


def postal_address(letter: Letter, context: Context) -> Iterator[Finding]:
    """The law of the United States and Canada: a postal address in every letter (CAN-SPAM, CASL)."""
    wanted = plain_words(context.postal_address)
    for place, words in (("plain text", letter.words), ("HTML", plain_words(letter.page.words))):
        if not wanted or wanted not in words:
            problem, remedy = "the postal address is missing", "the footer must hold {{ brand.postal_address }}"
            yield error("postal-address", place, problem, remedy)


def way_out(letter: Letter, context: Context) -> Iterator[Finding]:
    """A visible link to leave (Gmail, Yahoo and Microsoft require it), and one to choose other topics."""
    in_html = letter.page.web_links
    in_text = letter.text.split()
    for name in ("unsubscribe", "preferences"):
        start = f"{context.web_url}/{name}/"
        for place, links in (("plain text", in_text), ("HTML", in_html)):
            if not any(start in link for link in links):
                problem = f"the {name} link is missing"
                yield error("way-out", place, problem, f"the footer must hold {{{{ {name}_url }}}}")


def nothing_left_over(letter: Letter, context: Context) -> Iterator[Finding]:
    """Marks of the templates. What an article says itself is no leftover, be it `{{`."""
    subject = " ".join(letter.values("Subject"))
    for place, words in (("subject", subject), ("plain text", letter.text), ("HTML", letter.page.words)):
        for mark in sorted({*_LEFT_OVER.findall(words), *_MARK.findall(words)}):
            if mark not in context.said:
                yield error("left-over", place, f"{mark!r} of a template was left in it", "mend that template")


TEXT_RULES = (links_in_text, titles_in_text, postal_address, way_out, nothing_left_over)
