"""Message bytes and addresses as pure functions, on hostile input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.senders.wire import AddressError, encode_address, encode_message, original_recipient

MESSAGES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"=", b"\xc3"]), max_size=40).map(b"".join)


@given(MESSAGES)
def test_no_bare_line_end_and_no_early_dot_ever_leaves(message: bytes) -> None:
    lines = encode_message(message).split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert lines[-1] == b""
    assert b"." not in lines


@given(st.lists(st.sampled_from([b"", b".", b"..", b".a", b"a."]), min_size=1).map(b"\r\n".join))
def test_a_ready_message_arrives_as_it_was(message: bytes) -> None:
    lines = encode_message(message + b"\r\n").split(b"\r\n")[:-1]
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
    ("address", "value"),
    [
        ("ann@example.com", "rfc822;ann@example.com"),
        ("ann+x=y@example.com", "rfc822;ann+2Bx+3Dy@example.com"),
        ("анна+x@example.com", r"utf-8;анна\x{2B}x@example.com"),
    ],
)
def test_the_original_recipient_is_named_in_xtext(address: str, value: str) -> None:
    assert original_recipient(address) == value
