"""A letter's HTML as a tree, and what a reader sees of it."""

import re
from collections.abc import Iterator
from functools import cached_property

import lxml.html
from lxml.etree import ParserError
from lxml.html import HtmlElement

_UNSEEN_TAGS = {"head", "style", "script", "title", "template"}
_UNSEEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


class Page:
    """What is on the page. Broken or missing HTML makes an empty one."""

    def __init__(self, html: str) -> None:
        # As bytes: a charset in the HTML would otherwise be believed, and characters lost.
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        try:
            self.root = lxml.html.document_fromstring(html.encode(), parser=parser)
        except ParserError:
            self.root = lxml.html.document_fromstring("<html></html>", parser=parser)

    @cached_property
    def links(self) -> list[HtmlElement]:
        """Every `<a href>`, in order."""
        return [element for element in self.root.iter("a") if element.get("href") is not None]

    @cached_property
    def web_links(self) -> list[str]:
        """The addresses of the links to web pages, in order."""
        addresses = (link.get("href", "").strip() for link in self.links)
        return [address for address in addresses if address.lower().startswith(("http://", "https://"))]

    @cached_property
    def images(self) -> list[HtmlElement]:
        """Every `<img>`, in order."""
        return list(self.root.iter("img"))

    @cached_property
    def headings(self) -> list[HtmlElement]:
        """`<h1>` to `<h6>`, in order."""
        return list(self.root.iter("h1", "h2", "h3", "h4", "h5", "h6"))

    @cached_property
    def seen(self) -> list[tuple[HtmlElement, str]]:
        """Every piece of text that a reader sees, with the element it stands in."""
        return [(element, text) for element, text in _texts(self.root) if text.strip()]

    @cached_property
    def words(self) -> str:
        """All that a reader sees, on one line."""
        return " ".join("".join(text for _, text in _texts(self.root)).split())


def is_seen(element: HtmlElement) -> bool:
    """Whether what stands in an element is shown at all."""
    return element.tag not in _UNSEEN_TAGS and not _UNSEEN_STYLE.search(element.get("style", ""))


def words_of(element: HtmlElement) -> str:
    """The text of an element on one line, with the alternative text of its images."""
    images = (image.get("alt", "") for image in element.iter("img"))
    return " ".join(" ".join([element.text_content(), *images]).split())


def _texts(element: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    if not is_seen(element):
        return
    yield element, element.text or ""
    for child in element:
        # A line break or the end of a block parts words.
        yield from _texts(child)
        yield element, _gap(child) + (child.tail or "")


def _gap(child: HtmlElement) -> str:
    return " " if child.tag in ("br", "p", "div", "td", "tr", "table", "li", "h1", "h2", "h3", "h4") else ""
