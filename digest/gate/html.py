"""Rules for the HTML: what screen readers and phones need of it."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from digest.gate.context import Context
from digest.gate.finding import Finding, error, warning
from digest.gate.letter import Letter
from digest.gate.page import words_of

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_WIDEST = 600
"""Pixels; the width of the letter."""
_TEMPLATE = "see the template email/digest/body.mjml"


def language(letter: Letter, _context: Context) -> Iterator[Finding]:
    """A screen reader picks its voice by it (WCAG 3.1.1, RFC 5646)."""
    if not _LANGUAGE.fullmatch(letter.page.root.get("lang", "")):
        yield error("lang", "HTML, <html>", "it does not say its language", 'write <mjml lang="en">; ' + _TEMPLATE)


def title(letter: Letter, _context: Context) -> Iterator[Finding]:
    """WCAG 2.4.2."""
    if not (letter.page.root.findtext(".//title") or "").strip():
        yield error(
            "title", "HTML, <head>", "there is no title", "write <mj-title>{{ subject }}</mj-title>; " + _TEMPLATE
        )


def alternative_texts(letter: Letter, _context: Context) -> Iterator[Finding]:
    """WCAG 1.1.1; empty for decoration."""
    for image in letter.page.images:
        if image.get("alt") is None:
            problem, remedy = "it has no alternative text", 'write alt="what it shows", or alt="" for decoration'
            yield error("alt", f"HTML, image {_name(image)}", problem, remedy)


def image_widths(letter: Letter, _context: Context) -> Iterator[Finding]:
    """A wider image makes a phone show the whole letter small."""
    for image in letter.page.images:
        width = _pixels(image)
        if width > _WIDEST:
            problem = f"it is {width} pixels wide; the letter has {_WIDEST}"
            yield warning("image-width", f"HTML, image {_name(image)}", problem, "give it a width of 600 or less")


def heading_order(letter: Letter, _context: Context) -> Iterator[Finding]:
    """One h1, and no level skipped on the way down (WCAG 1.3.1): screen readers jump from heading to heading."""
    levels = [int(heading.tag[1]) for heading in letter.page.headings]
    if levels.count(1) != 1 or levels[0] != 1:
        problem = f"there are {levels.count(1)} <h1>; it takes one, before all other headings"
        yield error("heading-order", "HTML", problem, _TEMPLATE)
    for before, heading in zip(levels, letter.page.headings[1:], strict=False):
        if int(heading.tag[1]) > before + 1:
            problem = f"<{heading.tag}> follows <h{before}>, so a level is skipped"
            yield error("heading-order", _heading(heading), problem, _TEMPLATE)


def headings_say_something(letter: Letter, _context: Context) -> Iterator[Finding]:
    """WCAG 2.4.6."""
    for heading in letter.page.headings:
        if not words_of(heading):
            yield error("empty-heading", f"HTML, <{heading.tag}>", "a heading is empty", _TEMPLATE)


def empty_sections(letter: Letter, _context: Context) -> Iterator[Finding]:
    """A heading with nothing below it before the next of its level or a higher one."""
    open_heading: HtmlElement | None = None
    for element, _ in letter.page.seen:
        heading = _heading_around(element)
        if heading is None:
            open_heading = None
        elif open_heading is not None and heading is not open_heading and heading.tag <= open_heading.tag:
            yield error("empty-section", _heading(open_heading), "nothing stands in this section", _TEMPLATE)
        open_heading = heading


HTML_RULES = (
    language,
    title,
    alternative_texts,
    image_widths,
    heading_order,
    headings_say_something,
    empty_sections,
)


def _heading(heading: HtmlElement) -> str:
    return f"HTML, heading “{words_of(heading)[:60]}”"


def _heading_around(element: HtmlElement) -> HtmlElement | None:
    if re.fullmatch("h[1-6]", str(element.tag)):
        return element
    return next(element.iterancestors("h1", "h2", "h3", "h4", "h5", "h6"), None)


def _name(image: HtmlElement) -> str:
    return str(image.get("src", "")).rpartition("/")[2][:60] or "without src"


def _pixels(image: HtmlElement) -> int:
    """The width an image asks for; 0 where it asks for none in pixels."""
    styled = re.search(r"(?:^|[;\s])width\s*:\s*(\d+)(?:\.\d+)?px", image.get("style", ""))
    attribute = re.fullmatch(r"\s*(\d+)(?:px)?\s*", image.get("width", ""))
    return max(int(found[1]) if found else 0 for found in (styled, attribute))
