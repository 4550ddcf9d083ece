"""Rules that are judged once for a whole edition."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from digest.gate.finding import Finding, error, warning
from digest.types import Content

_NEAR = 0.85
_SHORTEST_NAME = 6
_MARK = re.compile(r"\{\{.{0,40}?\}\}|\{%.{0,40}?%\}|\*\|\w{1,40}\|\*")


def judge_edition(content: Content, *, changed: Sequence[str] = (), withdrawn: Sequence[str] = ()) -> list[Finding]:
    """What is wrong with an edition as such. `changed` and `withdrawn` are what drifted at its source."""
    return [*_misspelt(content), *_unfilled(content), *_drifted(changed, withdrawn)]


def _drifted(changed: Sequence[str], withdrawn: Sequence[str]) -> Iterator[Finding]:
    for place in withdrawn:
        problem, remedy = "its source has withdrawn it", "approve the edition anew; it goes out without it"
        yield error("withdrawn", place, problem, remedy)
    for place in changed:
        problem = "its source has changed it since"
        yield warning("changed", place, problem, "approve the edition again, once it has been edited")


def _misspelt(content: Content) -> Iterator[Finding]:
    for name in dict.fromkeys((content.newsletter_name, content.brand.name)):
        for place, words in (("subject", content.subject), ("intro", content.intro)):
            for near in dict.fromkeys(_near_misses(name, words)):
                problem, remedy = f"“{near}” is nearly, but not quite, “{name}”", "digest edit EDITION mends it"
                yield warning("own-name", place, problem, remedy)


def _unfilled(content: Content) -> Iterator[Finding]:
    """Marks as other programs fill them: here what staff write is sent as it stands."""
    for place, words in (("subject", content.subject), ("intro", content.intro)):
        for mark in dict.fromkeys(_MARK.findall(words)):
            yield warning("mark", place, f"“{mark}” is sent as it stands", "digest edit EDITION mends it")


def _near_misses(name: str, text: str) -> Iterator[str]:
    """As many words as the name has, with the same capitals, that differ from it by a letter or two."""
    wanted, words = name.split(), re.findall(r"[\w-]+(?:['’][\w-]+)?", text)
    if len(name) < _SHORTEST_NAME:
        return
    for start in range(len(words) - len(wanted) + 1):
        found = words[start : start + len(wanted)]
        found[-1] = re.sub(r"['’]s?$", "", found[-1])
        if _capitals(found) == _capitals(wanted) and _is_near(" ".join(found), name):
            yield " ".join(found)


def _is_near(found: str, name: str) -> bool:
    one, other = found.casefold(), name.casefold()
    return one != other and SequenceMatcher(None, one, other).ratio() >= _NEAR


def _capitals(words: Sequence[str]) -> list[bool]:
    return [word[:1].isupper() for word in words]
