"""Names: one string that may hold several becomes people, each by her own name."""

import re
from collections.abc import Iterable
from typing import Literal

from digest.types import Kind, Person

Role = Literal["by", "featuring"]

# Names that a site gives when nobody chose one.
_NO_NAMES = frozenset({"admin", "administrator", "editor", "staff", "wordpress", "webmaster", "author"})
_PREFIX = re.compile(
    r"(?P<by>(?:written )?by:?)\s+|(?P<featuring>(?:featuring|feat\.|ft\.|quoting):?)\s+", re.IGNORECASE
)
_TURN = re.compile(r"[,;]?\s+(?=(?:featuring|feat\.)\s)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv|ph\.?\s?d|m\.?d|esq|ret)\.?", re.IGNORECASE)
_AND = re.compile(r",?\s+(?:and|&|und|et|y)\s+|\s*[;|]\s*", re.IGNORECASE)
# What a name of a person does not hold, and that of a house does.
_HOUSE_WORDS = frozenset({"for", "of", "the", "center", "centre", "institute", "team", "council", "foundation"})
_LONGEST = 100


def people(names: Iterable[str], kind: Kind) -> tuple[Person, ...]:
    """Whom an article is by or features, each once.

    “Featuring” and “By” before a name say which; a bare name is featured where others publish about our people. House
    accounts and addresses are nobody.
    """
    usual: Role = "featuring" if kind is Kind.IN_THE_MEDIA else "by"
    found: dict[str, Person] = {}
    for text in names:
        for part in _TURN.split(text):
            role, rest = _role(part.strip(), usual)
            for name in split(rest):
                if _is_somebody(name):
                    found.setdefault(name.casefold(), Person(name, role))
    return tuple(found.values())


def is_byline(text: str) -> bool:
    """Whether a line says “By …” or “Featuring …” and nothing else than names of people."""
    match = _PREFIX.match(text)
    if not match or len(text) > _LONGEST:
        return False
    parts = [name for part in _TURN.split(text) for name in split(_role(part, "by")[1])]
    return all(_is_person(name) for name in parts)


def split(text: str) -> list[str]:
    """`Ann Lee, Bo Chen and Cy Day, Jr.` → three names. What is not plainly a list of people stays one name."""
    whole = text.strip(" .,;")
    parts = [name for part in _AND.split(whole) for name in _at_commas(part)]
    if len(parts) == 2 and all(" " not in part for part in parts) and whole.count(",") == 1:
        return [f"{parts[1]} {parts[0]}"]  # Goldstein, Lyle
    if len(parts) > 1 and not all(_is_person(part) for part in parts):
        return [whole] if whole else []
    return [part for part in parts if part]


def _at_commas(text: str) -> list[str]:
    names: list[str] = []
    for part in (part.strip() for part in text.split(",")):
        if names and _SUFFIX.fullmatch(part):
            names[-1] += f", {part}"
        elif part:
            names.append(part)
    return names


def _role(text: str, usual: Role) -> tuple[Role, str]:
    match = _PREFIX.match(text)
    if match is None:
        return usual, text
    # “By” before somebody in the media is only how the site's theme prints every author.
    return ("featuring" if match["featuring"] else usual), text[match.end() :]


def _is_person(name: str) -> bool:
    words = name.replace(",", " ").split()
    return (
        2 <= len(words) <= 6
        and words[0][:1].isupper()
        and words[-1][:1].isalnum()
        and not _HOUSE_WORDS & {word.casefold() for word in words}
        and not any(character.isdigit() for character in name)
    )


def _is_somebody(name: str) -> bool:
    return bool(name) and "@" not in name and name.casefold() not in _NO_NAMES
