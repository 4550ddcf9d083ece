"""Foreign text made plain: no markup, no control characters, one line, of bounded length."""

import re

from lxml import etree

TITLE_LIMIT = 300
EXCERPT_LIMIT = 300
_SHORTEST_EXCERPT = 80
_LONGEST_MARKUP = 1_000_000

# C0 and C1 controls, soft hyphen, the marks that turn the direction of what follows (Unicode TR9), byte order mark,
# lone surrogates and two non-characters. Zero-width joiners stay: emoji and several scripts need them.
_UNWANTED = dict.fromkeys(
    [
        *range(0x20),
        *range(0x7F, 0xA0),
        0xAD,
        0x061C,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
        *range(0xD800, 0xE000),
        0xFFFE,
        0xFFFF,
    ]
)
_HIDDEN = ("script", "style", "template", "noscript", "head", "iframe", "svg", "form")
_CODE = ("script", "style", "template")
_INLINE = frozenset({"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd"})
_INLINE |= {
    "mark",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "time",
    "tt",
    "u",
    "var",
    "wbr",
}
# A sentence ends at . ! ? or … and a blank, but not after an initial (“U.S.”) or a common title.
_SENTENCE_END = re.compile(r"(?<!\b[A-Z])(?<!\b[DMS][rst])(?<!\bMrs)[.!?…][\"'”’)\]]*(?=\s|$)")
_FEED_FOOTER = re.compile(r"\s*The post .{1,300} (?:appeared first on|first appeared on) .{1,200}$")
# What themes put behind an excerpt of their own.
_GO_ON = re.compile(
    r"(?<=[.!?…\]”\"’])\s*(?:Continue reading\b.{0,300}|Read (?:more|on|the rest)\b.{0,100}|\(more…\))$"
)


def plain(text: str, limit: int = TITLE_LIMIT) -> str:
    """Text that holds no markup, on one line, without control characters, cut to `limit` characters."""
    return cut(" ".join(" ".join(text.split()).translate(_UNWANTED).split()), limit)


def parse_html(markup: str) -> etree._Element:
    """A tree of hostile HTML. lxml drops what is nested deeper than 256 levels, so a tree is always safe to walk.

    Scripts, forms and the like are gone. What is beyond a million characters is not read.
    """
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    data = markup[:_LONGEST_MARKUP].translate({0: None}).encode("utf-8", "ignore")
    root = etree.fromstring(b"<div>" + data + b"</div>", parser)
    etree.strip_elements(root, *_HIDDEN, with_tail=False)
    return root


def text_of(tree: etree._Element, *, tail: bool = True) -> str:
    """The text of a tree on one line, with a blank where a browser would break the line; `tail` is what follows it."""
    parts: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag not in _INLINE:
            parts.append(" ")
        if event == "start":
            parts.append("" if element.tag in _CODE else element.text or "")
        elif tail or element is not tree:
            parts.append(element.tail or "")
    return plain("".join(parts), _LONGEST_MARKUP)


def html_to_text(markup: str) -> str:
    """The text of an HTML fragment on one line; entities are resolved."""
    return text_of(parse_html(markup)) if markup else ""


def html_title(markup: str) -> str:
    """A title or a name that may hold markup and entities, as plain text of bounded length."""
    return cut(html_to_text(markup), TITLE_LIMIT)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words and marked with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip(" ,;:–—-") + "…"


def excerpt(text: str) -> str:
    """The first sentences of a plain text: whole ones where they fit in 300 characters, else cut between words."""
    text = _GO_ON.sub("", _FEED_FOOTER.sub("", text)) or text
    for mark in ("[…]", "[...]"):
        if text.endswith(mark):
            text = text.removesuffix(mark).rstrip() + "…"
    if len(text) <= EXCERPT_LIMIT:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: EXCERPT_LIMIT + 1])]
    if ends and ends[-1] >= _SHORTEST_EXCERPT and ends[-1] <= EXCERPT_LIMIT:
        return text[: ends[-1]]
    return cut(text, EXCERPT_LIMIT)
