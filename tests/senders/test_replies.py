"""Replies as bytes: whatever comes, in whatever portions, is read the same way and never fails."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.senders.replies import LONGEST_BYTES, Answer, ReplyReader, read_reply
from digest.types import Reply, Stage

LINES = st.sampled_from(
    [b"250 ok", b"250-more", b"250", b"354 go", b"550-5.1.1", b"421 bye", b"what", b"25", b"\xff", b""]
)
TALK = st.lists(LINES | st.binary(max_size=8), max_size=12).map(b"\r\n".join) | st.binary(max_size=200)


@given(TALK, st.lists(st.integers(0, 200), max_size=8))
def test_portions_make_no_difference(talk: bytes, cuts: list[int]) -> None:
    reader, answers = ReplyReader(), list[Answer]()
    borders = sorted({0, len(talk), *(min(cut, len(talk)) for cut in cuts)})
    for start, end in pairwise(borders):
        answers += reader.feed(talk[start:end])
    whole = ReplyReader()
    assert answers == whole.feed(talk)
    assert reader.broken == whole.broken


@given(TALK)
@example("\u0600\r\n".encode())  # a format character
def test_every_answer_can_be_read_and_printed(talk: bytes) -> None:
    for code, words in ReplyReader().feed(talk):
        reply = read_reply(Stage.BODY, code, words)
        assert reply.text.isprintable()
        assert reply.code in (None, code)


@pytest.mark.parametrize(
    ("talk", "answers"),
    [
        (b"250 ok\r\n", [(250, b"ok")]),
        (b"250 ok\n", [(250, b"ok")]),
        (b"250\r\n", [(250, b"")]),
        (b"250-2.0.0 kept\r\n250 2.0.0 for you\r\n", [(250, b"2.0.0 kept\n2.0.0 for you")]),
        (b"250 a\r\n354 b\r\n", [(250, b"a"), (354, b"b")]),
        (b"599 x\r\n", [(599, b"x")]),
        (b"250-not yet", []),
        (b"250-kept\r\n550 not kept\r\n250 ok\r\n", [(0, b"550 not kept")]),
        (b"250ok\r\n", [(0, b"250ok")]),
        (b"150 ok\r\n", [(0, b"150 ok")]),
        (b"650 ok\r\n", [(0, b"650 ok")]),
        (b"\r\n250 ok\r\n", [(0, b"")]),
        ("٢٥٠ ok\r\n".encode(), [(0, "٢٥٠ ok".encode())]),
    ],
)
def test_what_is_a_reply(talk: bytes, answers: list[Answer]) -> None:
    assert ReplyReader().feed(talk) == answers


@pytest.mark.parametrize("portion", [b"x" * 1000, b"250-" + b"x" * 996 + b"\r\n"])
def test_an_endless_reply_is_not_kept(portion: bytes) -> None:
    reader = ReplyReader()
    answers = [answer for _ in range(100) for answer in reader.feed(portion)]
    assert [code for code, _ in answers] == [0]
    assert len(answers[0][1]) <= LONGEST_BYTES


@pytest.mark.parametrize(
    ("code", "words", "reply"),
    [
        (550, b"5.1.1 no such user", Reply(Stage.RCPT, 550, "no such user", "5.1.1")),
        (550, b"no such user", Reply(Stage.RCPT, 550, "no such user")),
        (550, b"4.1.1 the classes differ", Reply(Stage.RCPT, 550, "4.1.1 the classes differ")),
        (421, b"4.7.0 busy\n4.7.0 come back", Reply(Stage.RCPT, 421, "busy come back", "4.7.0")),
        (250, b"2.1.5", Reply(Stage.RCPT, 250, "", "2.1.5")),
        (0, b"no reply at all", Reply(Stage.RCPT, None, "no reply at all")),
        (550, b"5.1.1 \x1b[31mred\x00\xff", Reply(Stage.RCPT, 550, "[31mred", "5.1.1")),
    ],
)
def test_a_reply_is_read(code: int, words: bytes, reply: Reply) -> None:
    assert read_reply(Stage.RCPT, code, words) == reply


@given(st.integers(0, 9999), st.binary())
def test_any_reply_fits_the_record(code: int, words: bytes) -> None:
    reply = read_reply(Stage.BODY, code, words)
    assert len(reply.text) <= 1000
    assert reply.code is None or 200 <= reply.code <= 599
