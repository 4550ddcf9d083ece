"""The gate as a whole: silent on good letters, whatever the articles say, and never at a loss on bad ones."""

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import gate
from digest.errors import GateError
from digest.gate import Context, Level
from digest.types import Content

Edition = Callable[[int], Content]
Compose = Callable[..., bytes]


@pytest.mark.parametrize("number", range(40))
def test_a_good_letter_raises_no_alarm(number: int, edition: Edition, compose: Compose) -> None:
    content = edition(number)
    findings = gate.judge(
        compose(content, "de" if number % 3 else "en"), Context.of(content, http_allowed=False)
    ) + gate.judge_edition(content)
    # Folding fills a long letter up to just below the limit, and that it is near is true.
    assert [finding for finding in findings if finding.rule != "html-size" or finding.level is Level.ERROR] == []


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.__name__ for rule in gate.RULES}) == len(gate.RULES)
    assert all(inspect.getdoc(rule) for rule in gate.RULES)


@given(message=st.binary())
def test_any_bytes_can_be_judged(message: bytes) -> None:
    context = Context("https://letters.example.org", "1 Example Avenue", "", http_allowed=False)
    assert {"one-of-each-header", "way-out"} <= {finding.rule for finding in gate.judge(message, context)}


PIECES = ["<a href='http://[", "<h2>", "</style>", "<style>a{", "}", "color:#fff", "<p style='", "\0", "é", "'>"]


@given(pieces=st.lists(st.sampled_from(PIECES)))
def test_any_html_can_be_judged(pieces: list[str]) -> None:
    context = Context("https://letters.example.org", "1 Example Avenue", "", http_allowed=False)
    message = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + "".join(pieces).encode()
    assert gate.judge(message, context)


def test_what_is_wrong_with_many_letters_is_told_once(letter: bytes, context: Context) -> None:
    bad = letter.replace(b"Date: ", b"Date: x")
    findings = gate.judge_all([("letter of Asia", bad), ("letter of China", bad), ("good", letter)], context)
    assert [(f.place, f.letters) for f in findings] == [("header Date", "letter of Asia, and 1 more")]


def test_errors_stop_an_edition_and_warnings_do_not(letter: bytes, context: Context) -> None:
    gate.refuse(3, gate.judge(letter.replace(b"Auto-Submitted", b"X-Nothing"), context))
    with pytest.raises(GateError, match=r"^edition 3 cannot go out: header To: .*, and 1 more; `digest check 3`"):
        gate.refuse(3, gate.judge(letter.replace(b"Date: ", b"Date: x").replace(b"To: ", b"Tu: "), context))
