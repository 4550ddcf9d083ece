"""What is judged once for an edition: drift at the source, and our own name."""

from dataclasses import replace

import pytest

from digest import gate
from digest.types import Content


def test_a_withdrawn_article_is_an_error_and_a_changed_one_a_warning(content: Content) -> None:
    findings = gate.judge_edition(content, changed=["article “One”"], withdrawn=["article “Two”"])
    assert [(f.rule, str(f.level), f.place) for f in findings] == [
        ("withdrawn", "error", "article “Two”"),
        ("changed", "warning", "article “One”"),
    ]


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("News from Defence Priorities", "Defence Priorities"),
        ("Defense Prioritites’ week", "Defense Prioritites"),
        ("Recieve expert foreign policy analysis", "Recieve expert foreign policy analysis"),
    ],
)
def test_a_near_miss_of_our_name_is_found(words: str, near: str, content: Content) -> None:
    findings = gate.judge_edition(replace(content, intro="", subject=words))
    assert [finding.problem.partition(" is ")[0] for finding in findings] == [f"“{near}”"]


@pytest.mark.parametrize(
    "words",
    [
        "Defense Priorities’ week",
        "what US defense priorities should be",
        "Defense Department Priorities",
        "DEFENSE",
        "",
    ],
)
def test_other_words_are_no_near_miss(words: str, content: Content) -> None:
    assert gate.judge_edition(replace(content, intro=words, subject=words)) == []


@pytest.mark.parametrize("mark", ["{{ name }}", "{% if x %}", "*|FNAME|*"])
def test_a_mark_that_staff_have_typed_is_a_warning(mark: str, content: Content) -> None:
    findings = gate.judge_edition(replace(content, subject=f"Dear {mark}", intro=f"{mark}, hello"))
    assert [(f.rule, f.place, f.problem) for f in findings] == [
        ("mark", place, f"“{mark}” is sent as it stands") for place in ("subject", "intro")
    ]
