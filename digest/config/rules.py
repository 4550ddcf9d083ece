"""One entry of a topic's `match`: what of an article it looks at, and the words it wants there."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

Trait = Literal["label", "category", "tag", "url", "title", "author"]
_WRITTEN = [trait for trait in get_args(Trait) if trait != "label"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in the words of config.yaml; `label` stands for category or tag."""

    trait: Trait
    words: str

    def __str__(self) -> str:
        return self.words if self.trait == "label" else f"{self.trait}: {self.words}"


def _rule(value: object) -> Rule:
    if isinstance(value, Rule):
        return value
    trait, words = ("label", value) if isinstance(value, str) else _only_pair(value)
    if not isinstance(words, str) or not words.strip() or not words.isprintable():
        raise ValueError("wants text on one line; put it in quotes")
    return Rule(trait, words.strip())  # type: ignore[arg-type]  # _only_pair knows the traits


def _only_pair(value: object) -> tuple[str, object]:
    if isinstance(value, dict) and len(value) == 1:
        ((trait, words),) = value.items()
        if trait in _WRITTEN:
            return trait, words
    raise ValueError(f"wants a category or tag, or one of {', '.join(_WRITTEN)}, like {{title: North Korea}}")


Match = Annotated[Rule, BeforeValidator(_rule)]
"""A rule as config.yaml has it: `Asia`, or `{title: North Korea}`."""
