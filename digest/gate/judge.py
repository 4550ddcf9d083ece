"""Judges letters by every rule, and says whether an edition may go out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from digest.blueprint import Blueprint
from digest.errors import GateError
from digest.gate.context import Context
from digest.gate.contrast import CONTRAST_RULES
from digest.gate.finding import Finding, Level
from digest.gate.form import FORM_RULES
from digest.gate.headers import HEADER_RULES
from digest.gate.html import HTML_RULES
from digest.gate.letter import Letter
from digest.gate.links import LINK_RULES
from digest.gate.text import TEXT_RULES

Rule = Callable[[Letter, Context], Iterator[Finding]]

RULES: tuple[Rule, ...] = (*HEADER_RULES, *FORM_RULES, *TEXT_RULES, *HTML_RULES, *LINK_RULES, *CONTRAST_RULES)
"""Every rule that is judged on a filled letter."""

_SAMPLE = {
    "to": "reader@example.com",
    "message_id": "abcdefghijklmnopqrst@example.org",
    "delivery": "a" * 29,
}
_TOKEN = "WzEyMzQ1Njc4OSwid2Vla2x5Il0.AbCdEfGhIjKlMnOpQrStUvWxYz0"  # noqa: S105  # as long as a real one, and worth nothing


def fill_sample(blueprint: Blueprint) -> bytes:
    """A blueprint as a letter to nobody."""
    return blueprint.fill({slot.name: _SAMPLE.get(slot.name, _TOKEN) for slot in blueprint.slots})


def judge(message: bytes, context: Context) -> list[Finding]:
    """What is wrong with one filled letter, rule by rule. Nothing: it may go out."""
    letter = Letter(message)
    return [finding for rule in RULES for finding in rule(letter, context)]


def judge_all(letters: Iterable[tuple[str, bytes]], context: Context) -> list[Finding]:
    """What is wrong with letters, each with its name. What is wrong with several is told once, with their names."""
    found: dict[Finding, list[str]] = {}
    for name, message in letters:
        for finding in dict.fromkeys(judge(message, context)):
            found.setdefault(finding, []).append(name)
    return [replace(finding, letters=_names(names)) for finding, names in found.items()]


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop an edition."""
    return [finding for finding in findings if finding.level is Level.ERROR]


def in_short(errors: Sequence[Finding]) -> str:
    """The first of some errors as a clause, and how many more there are."""
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{errors[0].place}: {errors[0].problem}{more}"


def refuse(edition: int, findings: Iterable[Finding]) -> None:
    """Raise GateError for an edition with errors; warnings let it pass."""
    if errors := errors_of(findings):
        raise GateError(f"edition {edition} cannot go out: {in_short(errors)}; `digest check {edition}` shows all")


def _names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}, and {len(names) - 1} more"
