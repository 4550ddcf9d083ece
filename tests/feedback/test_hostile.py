"""Whatever the bytes: a verdict, no exception, bounded time and memory."""

import gc
import random
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.feedback import CORPUS
from digest.feedback import Report, classify
from tests.feedback.messages import block, complaint, dsn, plain

MEGABYTE = 1_000_000
SECONDS = 0.2
"""Promised for 1 MB. The slowest of these takes a quarter of it, so that a busy machine does not matter."""
BYTES = 50_000_000

HEAD = b"From: MAILER-DAEMON@x\nSubject: failure notice\n"
REPORT = b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
LARGE = {
    "zeros": b"\0" * MEGABYTE,
    "at signs": b"@" * MEGABYTE,
    "equal signs": HEAD + b"\n" + b"=" * MEGABYTE,
    "brackets": HEAD + b"Content-Type: text/html\n\n" + b"<a " * (MEGABYTE // 3),
    "empty lines": b"\n" * MEGABYTE,
    "header fields": b"a: b\n" * (MEGABYTE // 5),
    "one header field": b"a: b\n" + b" x\n" * (MEGABYTE // 3),
    "semicolons in a Content-Type": b'Content-Type: multipart/mixed; boundary="' + b";" * MEGABYTE,
    "parameters": b"Content-Type: text/plain;\n" + b' a="b";\n' * (MEGABYTE // 8),
    "multiparts in each other": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(20_000)
    ),
    "a few multiparts in each other": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(24)
    )
    + b"x\n" * (MEGABYTE // 2),
    "parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * (MEGABYTE // 8),
    "messages in each other": b"Content-Type: message/rfc822\n\n" * (MEGABYTE // 30),
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * (MEGABYTE // 14) + b"\n\n",
    "a word in a quadratic character set": b"Subject: =?punycode?b?" + b"A" * MEGABYTE + b"?=\n\n",
    "addresses": HEAD + b"\n" + b"<a@b.cc>: user unknown\n" * (MEGABYTE // 23),
    "long addresses": HEAD + b"\n" + (b"a." * 400 + b"@" + b"b" * 90 + b"\n") * 1000,
    "recipients": REPORT
    + b"".join(b"Final-Recipient: rfc822; a%d@b.c\nAction: failed\nStatus: 5.0.0\n\n" % one for one in range(14_000)),
    "a diagnosis": REPORT + b"Final-Recipient: rfc822; a@b.c\nDiagnostic-Code: smtp;" + b" 550 xx\n" * (MEGABYTE // 8),
    "base64": b"Content-Transfer-Encoding: base64\n\n" + b"QUFB" * (MEGABYTE // 4),
    "JSON": b'\n{"a":' * (MEGABYTE // 6),
    "reply codes": HEAD + b"\n" + b"550-5.1.1 " * (MEGABYTE // 10),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_megabyte_of_anything_takes_little_time_and_memory(name: str) -> None:
    raw = LARGE[name][:MEGABYTE]
    assert _cpu_seconds(raw) < SECONDS
    tracemalloc.start()
    try:
        classify(raw)
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()


def _cpu_seconds(raw: bytes) -> float:
    """Processor time, so that other processes do not count, nor a collection of the garbage of other tests."""
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        classify(raw)
        return time.process_time() - started
    finally:
        gc.enable()


@given(st.binary(max_size=2000))
@example(b"")
@example(b"From: \xff\n\n")
@example(b"From:\n\n\xfe")
@example(b"To: x\n\n")
def test_any_bytes_have_a_verdict(raw: bytes) -> None:
    assert isinstance(classify(raw), Report)


_LINES = st.sampled_from(
    [
        "Content-Type: multipart/report; boundary=b", "Content-Type: message/delivery-status", "--b", "--b--", "",
        "Content-Type: message/rfc822", "Content-Type: message/global-delivery-status",
        "Content-Type: message/feedback-report",
        "Content-Transfer-Encoding: base64", "Content-Type: text/plain; charset=\"x\0\"", "Final-Recipient: rfc822;",
        "Final-Recipient: rfc822; a@b.example", "Original-Recipient:", "Action: failed", "Action:", "Status: 5.1.1",
        "Status: x", "Diagnostic-Code: smtp; 550 user unknown", " folded", "Feedback-Type: abuse", "Subject: =?x?b?!?=",
        "From: MAILER-DAEMON", "From: ", "X-Failed-Recipients: ,", '{"notificationType":"Bounce"}', "{", "=", "AAAA=",
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=30))
@settings(max_examples=300)
def test_pieces_of_reports_in_any_order_have_a_verdict(lines: list[str]) -> None:
    assert isinstance(classify("\n".join(lines).encode()), Report)


def _seeds() -> list[bytes]:
    made = [dsn(block(said="550 5.1.1 User unknown")), plain("<a@b.example>: user unknown"), complaint()]
    return made + [file.read_bytes() for file in sorted((CORPUS / "messages").glob("*.eml"))]


def _mutated(seed: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """A message with some bytes changed, left out, repeated, or taken from another."""
    raw = bytearray(seed)
    for _ in range(dice.randint(1, 30)):
        place, other = dice.randrange(len(raw) + 1), dice.choice(others)
        match dice.randrange(4):
            case 0:
                raw[place : place + 1] = bytes([dice.randrange(256)])
            case 1:
                del raw[place : place + dice.randrange(200)]
            case 2:
                raw[place:place] = raw[max(0, place - 100) : place] * dice.randrange(5)
            case _:
                begin = dice.randrange(len(other))
                raw[place:place] = other[begin : begin + dice.randrange(800)]
    return bytes(raw)


def test_mutated_messages_have_a_verdict() -> None:
    dice, seeds = random.Random(20260107), _seeds()
    for _ in range(1500):
        assert isinstance(classify(_mutated(dice.choice(seeds), seeds, dice)), Report)


def test_the_corpus_is_where_the_fuzzing_takes_its_seeds_from() -> None:
    if not Path(CORPUS).exists():
        pytest.skip(f"no bounces under {CORPUS}: only the tests' own messages were mutated")
    assert len(_seeds()) > 300
