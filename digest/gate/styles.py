"""As much of CSS as letters use: which declarations of the style block apply to an element, light and dark.

Understood are selectors of tags and classes, alone or below one another, and the block for dark mode. All else, like
states, attributes and other media, says nothing about how the letter looks when it is opened.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMPOUND = re.compile(r"([a-z][a-z0-9]*|\*)?((?:\.[\w-]+)*)", re.IGNORECASE)
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)

Declarations = tuple[tuple[str, str, bool], ...]
"""Property, value, and whether it is important."""
Strength = tuple[bool, bool, int, int]
"""Of two declarations the stronger one wins: important, inline, how exact its selector is, how late it stands."""


@dataclass(frozen=True, slots=True)
class Compound:
    """`td.paper`: a tag, or any, and classes."""

    tag: str
    classes: frozenset[str]

    def fits(self, element: HtmlElement) -> bool:
        """Whether an element is one of these."""
        if self.tag and element.tag != self.tag:
            return False
        return not self.classes or self.classes <= set(element.get("class", "").split())


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector, outermost part first, and its declarations."""

    selector: tuple[Compound, ...]
    declarations: Declarations

    @property
    def exactness(self) -> int:
        """How exact the selector is: classes, then tags."""
        return sum(100 * len(part.classes) + bool(part.tag) for part in self.selector)

    def fits(self, element: HtmlElement) -> bool:
        """Whether the rule is for this element."""
        *outer, own = self.selector
        if not own.fits(element):
            return False
        above = element.iterancestors()
        return all(any(part.fits(ancestor) for ancestor in above) for part in reversed(outer))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules that hold in one colour scheme, in their order."""

    rules: tuple[Rule, ...]

    def style_of(self, element: HtmlElement) -> dict[str, str]:
        """Every property that is set on an element itself, with the value that wins."""
        values: dict[str, tuple[Strength, str]] = {}
        for strength, name, value in self._declared(element):
            if name not in values or values[name][0] <= strength:
                values[name] = strength, value
        return {name: value for name, (_, value) in values.items()}

    def _declared(self, element: HtmlElement) -> Iterator[tuple[Strength, str, str]]:
        if colour := element.get("bgcolor"):
            yield (False, False, -1, 0), "background-color", colour
        for order, rule in enumerate(self.rules):
            if rule.fits(element):
                for name, value, is_important in rule.declarations:
                    yield (is_important, False, rule.exactness, order), name, value
        for name, value, is_important in declarations(element.get("style", "")):
            yield (is_important, True, 0, 0), name, value


def read_sheets(css: str) -> tuple[Sheet, Sheet]:
    """The sheet for light, and the one for dark: all rules of light, then those of dark mode."""
    light: list[Rule] = []
    dark: list[Rule] = []
    for prelude, body in _blocks(_COMMENT.sub("", css)):
        if not prelude.startswith("@"):
            light += _rules(prelude, body)
        elif re.search(r"prefers-color-scheme\s*:\s*dark", prelude):
            dark += [rule for inner, inside in _blocks(body) for rule in _rules(inner, inside)]
    return Sheet(tuple(light)), Sheet((*light, *dark))


@lru_cache(maxsize=1024)  # a letter repeats a few dozen inline styles hundreds of times
def declarations(style: str) -> Declarations:
    """`color:#111;margin:0`, property by property; `background` counts as its colour."""
    found = []
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if colon:
            plain = _IMPORTANT.sub("", value)
            found.append(("background-color" if name == "background" else name, plain.strip(), plain != value))
    return tuple(found)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Each `prelude { body }` of the outermost level."""
    depth, start, prelude = 0, 0, ""
    for brace in re.finditer(r"[{}]", css):
        if brace[0] == "{":
            if depth == 0:
                prelude, start = css[start : brace.start()].rpartition(";")[2].strip(), brace.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield prelude, css[start : brace.start()]
                start = brace.end()


def _rules(selectors: str, body: str) -> Iterator[Rule]:
    for selector in selectors.split(","):
        parts = [_COMPOUND.fullmatch(part) for part in selector.replace(">", " ").split()]
        if parts and all(parts):
            compounds = [Compound((found[1] or "").strip("*").lower(), _classes(found[2])) for found in parts if found]
            yield Rule(tuple(compounds), declarations(body))


def _classes(dotted: str) -> frozenset[str]:
    return frozenset(filter(None, dotted.split(".")))
