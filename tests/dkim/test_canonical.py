"""The relaxed form, by the examples of RFC 6376, section 3.4.5, and around slots."""

import pytest

from digest.blueprint import Blueprint, Place, Slot
from digest.dkim.canonical import relaxed_body, relaxed_field, split


@pytest.mark.parametrize(
    ("field", "relaxed"),
    [
        (b"A: X\r\n", b"a:X"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z"),
        (b"Subject:a: \tb \t \tc", b"subject:a: b c"),
        (b"To:", b"to:"),
    ],
)
def test_a_field(field: bytes, relaxed: bytes) -> None:
    assert relaxed_field(field) == relaxed


@pytest.mark.parametrize(
    ("body", "relaxed"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"", b""),
        (b"\r\n \t\r\n\r\n", b""),
        (b"no line end", b"no line end\r\n"),
        (b"a\r\n\r\n\r\nb\r\n", b"a\r\n\r\n\r\nb\r\n"),
    ],
)
def test_a_body(body: bytes, relaxed: bytes) -> None:
    assert relaxed_body(Blueprint((body,), ())).pieces == (relaxed,)


def test_a_body_keeps_blanks_beside_a_slot_and_lines_between_slots() -> None:
    slots = (Slot("one", Place.TEXT), Slot("two", Place.TEXT))
    assert relaxed_body(Blueprint((b"Dear  ", b"  \r\n\r\n", b"\r\n"), slots)).pieces == (b"Dear ", b"\r\n\r\n", b"")


def test_a_header_is_split_into_its_fields_with_their_slots() -> None:
    to, link = Slot("to", Place.HEADER), Slot("link", Place.HEADER)
    fields, body = split(Blueprint((b"A: 1\r\n 2\r\nTo: ", b"\r\nLink: <", b">\r\n\r\nHi\r\n"), (to, link)))
    assert fields == [
        Blueprint((b"A: 1\r\n 2",), ()),
        Blueprint((b"To: ", b""), (to,)),
        Blueprint((b"Link: <", b">"), (link,)),
    ]
    assert body == Blueprint((b"Hi\r\n",), ())
