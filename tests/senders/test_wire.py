"""Message bytes, addresses and replies as pure functions, on hostile input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.senders.wire import AddressError, encode_address, encode_message, read_reply
from digest.types import Reply, Stage

MESSAGES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"=", b"\xc3"]), max_size=40).map(b"".join)


@given(MESSAGES)
def test_no_bare_line_end_and_no_early_dot_ever_leaves(message: bytes) -> None:
    lines = encode_message(message).split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert lines[-2:] == [b".", b""]
    assert b"." not in lines[:-2]


@given(st.lists(st.sampled_from([b"", b".", b"..", b".a", b"a."]), min_size=1).map(b"\r\n".join))
def test_a_ready_message_arrives_as_it_was(message: bytes) -> None:
    lines = encode_message(message + b"\r\n").split(b"\r\n")[:-2]
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == message


@given(st.text() | st.emails() | st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1)))
def test_an_address_is_speakable_or_refused(address: str) -> None:
    try:
        encoded = encode_address(address, smtputf8=True)
    except AddressError:
        return
    assert not set(encoded) & set("\r\n\0 <>")
    assert encoded.rpartition("@")[2].isascii()


def test_a_local_part_outside_ascii_needs_smtputf8() -> None:
    with pytest.raises(AddressError) as caught:
        encode_address("анна@example.com", smtputf8=False)
    assert caught.value.enhanced == "5.6.7"


@pytest.mark.parametrize(
    ("code", "words", "reply"),
    [
        (550, "5.1.1 no such user", Reply(Stage.RCPT, 550, "no such user", "5.1.1")),
        (550, "no such user", Reply(Stage.RCPT, 550, "no such user")),
        (550, "4.1.1 the classes differ", Reply(Stage.RCPT, 550, "4.1.1 the classes differ")),
        (421, "4.7.0 busy\n4.7.0 come back", Reply(Stage.RCPT, 421, "busy come back", "4.7.0")),
        (250, "2.1.5", Reply(Stage.RCPT, 250, "", "2.1.5")),
        (-1, "no reply at all", Reply(Stage.RCPT, None, "no reply at all")),
        (550, "5.1.1 \x1b[31mred\x00\udcff", Reply(Stage.RCPT, 550, "[31mred ?", "5.1.1")),
    ],
)
def test_a_reply_is_read(code: int, words: str, reply: Reply) -> None:
    assert read_reply(Stage.RCPT, code, words) == reply


@given(st.integers(-1, 9999), st.text())
def test_any_reply_can_be_read_and_printed(code: int, words: str) -> None:
    text = read_reply(Stage.BODY, code, words).text
    assert len(text) <= 1000
    assert "\n" not in text
    assert "\r" not in text
