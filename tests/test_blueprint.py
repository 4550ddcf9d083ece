"""A blueprint filled with any values is a message that gives exactly those values back."""

import binascii
import html
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.blueprint import Blueprint, Place, Slot, quoted_printable

_HEAD = b"MIME-Version: 1.0\r\nTo: "
_PART = b'--b\r\nContent-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
BLUEPRINT = Blueprint(
    (
        _HEAD,
        b'\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n' + _PART % b"plain" + b"[",
        b"]\r\n" + _PART % b"html" + b'<a href=3D"',
        b'">x</a>\r\n--b--\r\n',
    ),
    (Slot("to", Place.HEADER), Slot("token", Place.TEXT), Slot("token", Place.HTML)),
)
HOSTILE = st.text(max_size=300) | st.text("=.-\r\n {}é😀\"'<&", max_size=300)


@given(HOSTILE)
@example("")
@example(".")
@example("--b--")
@example("a\r\n.\r\nMAIL FROM:<x@y.z>")
@example("{{ 7 * 7 }}")
@example("😀" * 300)
@example("x" * 300)
def test_a_body_slot_gives_back_any_value_exactly(value: str) -> None:
    filled = BLUEPRINT.fill({"to": "ada@example.net", "token": value})
    message = message_from_bytes(filled, EmailMessage, policy=policy.SMTP)
    plain, page = (part.get_payload(decode=True) for part in message.iter_parts())
    assert not [defect for part in message.walk() for defect in part.defects]
    assert isinstance(plain, bytes)
    assert plain.decode() == f"[{value}]"
    assert isinstance(page, bytes)
    assert html.unescape(page.decode()) == f'<a href="{value}">x</a>'


@given(HOSTILE)
def test_filled_bytes_hold_short_lines_that_end_with_crlf(value: str) -> None:
    filled = BLUEPRINT.fill({"to": "ada@example.net", "token": value})
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", filled)
    assert max(map(len, filled.split(b"\r\n"))) <= 76


@given(HOSTILE)
def test_a_header_slot_never_starts_another_field(value: str) -> None:
    filled = BLUEPRINT.fill({"to": "ada@example.net" + value + "Bcc: x@y.z", "token": ""})
    assert message_from_bytes(filled).keys() == ["MIME-Version", "To", "Content-Type"]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
def test_a_token_of_visible_ascii_comes_back_exact(token: str) -> None:
    assert binascii.a2b_qp(quoted_printable(token)) == token.encode()


def test_a_plain_token_stands_on_one_line_as_it_is() -> None:
    assert quoted_printable("WzEyMywid2Vla2x5Il0.a_b-c") == b"WzEyMywid2Vla2x5Il0.a_b-c"


def test_a_line_that_begins_with_a_dot_or_a_dash_is_encoded() -> None:
    assert quoted_printable(".x") == b"=2Ex"
    assert quoted_printable("-x") == b"=2Dx"


def test_the_stored_form_reads_back() -> None:
    assert Blueprint.from_bytes(BLUEPRINT.to_bytes()) == BLUEPRINT


def test_one_message_is_always_stored_in_the_same_bytes() -> None:
    assert BLUEPRINT.to_bytes() == Blueprint(BLUEPRINT.pieces, BLUEPRINT.slots).to_bytes()


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="token"):
        BLUEPRINT.fill({"to": "ada@example.net"})
