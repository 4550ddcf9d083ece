"""The rule for contrast: every text against its background, in light and in dark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from digest.contrast import AA, WHITE, Colour, contrast, parse_colour
from digest.gate.context import Context
from digest.gate.finding import Finding, error
from digest.gate.letter import Letter
from digest.gate.page import Page, is_seen
from digest.gate.styles import Sheet, read_sheets

_HEADINGS = {"h1": 32.0, "h2": 24.0, "h3": 18.72, "h4": 16.0, "h5": 13.28, "h6": 10.72}
_DARK_CANVAS: Colour = (18, 18, 18)
_LENGTH = re.compile(r"(\d*\.?\d+)(px|pt|em|rem|%)")


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks: colours, size in pixels, weight."""

    colour: Colour
    background: Colour
    size: float = 16.0
    bold: bool = False

    @property
    def needed(self) -> float:
        """The least contrast: 3 for text of 24 pixels, or bold of 18.66; 4.5 for all other (WCAG 1.4.3)."""
        return 3.0 if self.size >= 24 or (self.bold and self.size >= 18.66) else AA


def contrasts(letter: Letter, _context: Context) -> Iterator[Finding]:
    """Text that is too faint, once for each pair of colours."""
    light, dark = read_sheets("\n".join(style.text or "" for style in letter.page.root.iter("style")))
    canvas = _DARK_CANVAS if _takes_dark(letter.page) else WHITE
    schemes = (
        ("light", light, Look((0, 0, 0), WHITE)),
        ("dark", dark, Look(WHITE if canvas is _DARK_CANVAS else (0, 0, 0), canvas)),
    )
    for scheme, sheet, look in schemes:
        yield from _too_faint(scheme, _looks(letter.page.root, sheet, look))


CONTRAST_RULES = (contrasts,)


def _too_faint(scheme: str, looks: Iterator[tuple[str, Look]]) -> Iterator[Finding]:
    told = set()
    for text, look in looks:
        pair = look.colour, look.background, look.needed
        if pair in told:
            continue
        told.add(pair)
        ratio = contrast(look.colour, look.background)
        if ratio < look.needed:
            colours = f"{_hex(look.colour)} on {_hex(look.background)}"
            problem = f"{colours} has a contrast of {ratio:.1f}:1, where {look.needed}:1 is needed"
            place = f"HTML, {scheme}, “{' '.join(text.split())[:40]}”"
            yield error("contrast", place, problem, "darken one colour or lighten the other; see the template's styles")


def _takes_dark(page: Page) -> bool:
    """Whether the letter says that it has a dark look, so that the canvas behind it turns dark."""
    return any(
        meta.get("name") == "color-scheme" and "dark" in meta.get("content", "") for meta in page.root.iter("meta")
    )


def _looks(element: HtmlElement, sheet: Sheet, outer: Look) -> Iterator[tuple[str, Look]]:
    """Every text that is seen, with its look."""
    style = sheet.style_of(element)
    if not is_seen(element) or style.get("display") == "none":
        return
    look = _look(str(element.tag), style, outer)
    for text in (element.text, *(child.tail for child in element)):
        if text and text.strip():
            yield text, look
    for child in element:
        yield from _looks(child, sheet, look)


def _look(tag: str, style: dict[str, str], outer: Look) -> Look:
    background = (parse_colour(word) for word in style.get("background-color", "").split())
    return replace(
        outer,
        colour=parse_colour(style.get("color", "")) or outer.colour,
        background=next(filter(None, background), outer.background),
        size=_size(style.get("font-size", ""), outer.size, _HEADINGS.get(tag, outer.size)),
        bold=_is_bold(style.get("font-weight", ""), outer.bold or tag in _HEADINGS or tag in ("b", "strong", "th")),
    )


def _size(value: str, outer: float, default: float) -> float:
    found = _LENGTH.fullmatch(value.strip())
    if not found:
        return default
    return float(found[1]) * {"px": 1.0, "pt": 4 / 3, "em": outer, "rem": 16.0, "%": outer / 100}[found[2]]


def _is_bold(value: str, default: bool) -> bool:
    if value in ("bold", "bolder") or value.isdigit():
        return value in ("bold", "bolder") or int(value) >= 600
    return default and value not in ("normal", "lighter")


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)
