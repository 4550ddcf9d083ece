"""Each rule for the header and the form of a message, broken one by one in a good letter."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from digest import gate
from digest.gate import Context, Level
from digest.types import Content

Broken = Callable[[bytes, bytes], set[str]]

FIELDS = [b"From", b"To", b"Subject", b"Date", b"Message-ID", b"List-Id", b"List-Unsubscribe", b"List-Unsubscribe-Post"]
FAULTS = [
    (b"List-Unsubscribe: <https:", b"List-Unsubscribe: <http:", "list-unsubscribe"),
    (b"List-Unsubscribe: <", b"List-Unsubscribe: <https://two.example>, <", "list-unsubscribe"),
    (b"List-Unsubscribe: <https:", b"List-Unsubscribe: <mailto:", "list-unsubscribe"),
    (b"List-Unsubscribe: <", b"List-Unsubscribe:\r\n <", "list-unsubscribe-line"),
    (b"=One-Click", b"=one-click", "list-unsubscribe-post"),
    (b"<weekly.example.org>", b"<weekly>", "list-id"),
    (b"<weekly.example.org>", b"<weekly." + b"example." * 40 + b"org>", "list-id"),
    (b"@example.org>\r\nList-Id", b">\r\nList-Id", "message-id"),
    (b"Date: Wed", b"Date: Tue", "date"),
    (b"+0000", b"-0000", "date"),
    (b"Date: Wed, 07", b"Date: Wed, 77", "date"),
    (b"<news@example.org>", b"<news@example.org>, <two@example.org>", "from"),
    (b"<news@example.org>", b"<news@gmail.com>", "from"),
    (b"<news@example.org>", b"<news>", "from"),
    (b"auto-generated", b"no", "auto-submitted"),
    (b"Precedence:", b"Feedback-ID: a:b:c:d:sender\r\nPrecedence:", "feedback-id"),
    (b"Precedence:", b"Feedback-ID: a:b:c:me\r\nPrecedence:", "feedback-id"),
    (b"Precedence:", b"X-Words: =?utf-8?q?" + b"a" * 70 + b"?=\r\nPrecedence:", "encoded-words"),
    (b"Precedence:", b"X-Long: " + b"a" * 991 + b"\r\nPrecedence:", "header-lines"),
    (b"\r\n\r\n--", b"\r\n\r\n" + b"a" * 77 + b"\r\n--", "body-lines"),
    (b"\r\n\r\n--", b"\r\n\r\n\n--", "line-ends"),
    (b"\r\n\r\n--", b"\r\n\r\n\r--", "line-ends"),
    (b"text/plain", b"text/calendar", "parts"),
    (b"charset=utf-8", b"charset=latin-1", "parts"),
    (b"quoted-printable", b"8bit", "parts"),
]


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_header_is_found(name: bytes, letter: bytes, context: Context) -> None:
    lost = letter.replace(name + b":", b"X-" + name + b":", 1)
    found = [finding for finding in gate.judge(lost, context) if finding.rule == "one-of-each-header"]
    assert [finding.place for finding in found] == [f"header {name.decode()}"]


@pytest.mark.parametrize("name", [*FIELDS, b"Reply-To"])
def test_a_doubled_header_is_found(name: bytes, letter: bytes, context: Context) -> None:
    doubled = (name + b": again\r\n") * 2 + letter
    found = [finding for finding in gate.judge(doubled, context) if finding.rule == "one-of-each-header"]
    assert [finding.place for finding in found] == [f"header {name.decode().lower()}"]


@pytest.mark.parametrize(("good", "bad", "rule"), FAULTS)
def test_a_broken_header_or_line_is_found(good: bytes, bad: bytes, rule: str, broken: Broken) -> None:
    assert rule in broken(good, bad)


def test_http_is_good_enough_where_nothing_leaves(content: Content, compose: Callable[[Content], bytes]) -> None:
    local = replace(content, web_url="http://letters.example.org")
    findings = gate.judge(compose(local), Context.of(local, http_allowed=False))
    assert {finding.rule for finding in findings} == {"list-unsubscribe", "own-links-https"}
    assert not gate.judge(compose(local), Context.of(local, http_allowed=True))


@pytest.mark.parametrize(("size", "level"), [(93_000, Level.WARNING), (101_000, Level.ERROR)])
def test_gmails_limit_comes_in_sight_and_is_passed(size: int, level: Level, letter: bytes, context: Context) -> None:
    parts = re.split(rb"(?<=printable\r\n\r\n)", letter)
    room = (size - len(parts[2])) // 78
    big = b"".join([*parts[:2], (b"a" * 75 + b"=\r\n") * room, parts[2]])
    assert level in {finding.level for finding in gate.judge(big, context) if finding.rule == "html-size"}
