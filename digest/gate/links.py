"""Rules for links."""

from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from digest.gate.context import Context
from digest.gate.finding import Finding, error, warning
from digest.gate.letter import Letter
from digest.gate.page import words_of

_EMPTY_WORDS = {
    "click here",
    "click",
    "here",
    "this link",
    "link",
    "more",
    "read more",
    "learn more",
    "details",
    "continue reading",
}
_SCHEMES = ("https", "http", "mailto", "tel")


def link_texts(letter: Letter, _context: Context) -> Iterator[Finding]:
    """WCAG 2.4.4: screen readers list links without what stands around them."""
    for link in letter.page.links:
        words = words_of(link)
        if not words:
            problem = "nobody can see it or hear where it leads"
            yield error("link-text", f"HTML, link {link.get('href')}", problem, "give the link words")
        elif words.casefold().strip(" .…»>→") in _EMPTY_WORDS:
            problem = f"“{words}” does not say where it leads"
            yield warning("link-text", f"HTML, link {link.get('href')}", problem, "name what is behind it")


def link_schemes(letter: Letter, _context: Context) -> Iterator[Finding]:
    """Mail programs open web pages and addresses; all else is dead or dangerous."""
    for link in letter.page.links:
        address = str(link.get("href")).strip()
        if _split(address).scheme not in _SCHEMES:
            problem, remedy = f"{address[:80]!r} leads nowhere in a mail", "write the whole address, with https://"
            yield error("link-scheme", f"HTML, link “{words_of(link)[:60]}”", problem, remedy)


def own_links_are_safe(letter: Letter, context: Context) -> Iterator[Finding]:
    """Our own links hold her token, so they are https; what others serve over http is their own affair."""
    if context.http_allowed:
        return
    host = urlsplit(context.web_url).hostname
    for link in dict.fromkeys(letter.page.web_links):
        parts = _split(link)
        if parts.scheme == "http" and parts.hostname == host:
            problem, remedy = f"{link} is not safe from being read on its way", "give web.url as https://…"
            yield error("own-links-https", "HTML", problem, remedy)


LINK_RULES = (link_texts, link_schemes, own_links_are_safe)


def _split(address: str) -> SplitResult:
    """The parts of an address; none of one that cannot be read, like `https://[`."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")
