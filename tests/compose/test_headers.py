"""Header fields say exactly what was meant, whatever they are given, and never start another field."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.compose import clean
from digest.compose.headers import mailbox_field, split_mailbox, text_field
from digest.errors import ComposeError

HOSTILE = st.text(max_size=300) | st.lists(
    st.sampled_from(["é", "a" * 80, "=?utf-8?q?x?=", '"', "\\", "\r\nBcc: x@y.z"])
)


@given(HOSTILE.map(" ".join))
@example("a  b")
@example("=?utf-8?q?hidden?=")
@example("é " * 100)
def test_a_subject_comes_back_exact(value: str) -> None:
    field = text_field("Subject", value)
    parsed = message_from_bytes(field + b"\r\n", policy=policy.SMTP)
    assert parsed.keys() == ["Subject"]
    assert parsed["Subject"] == clean.line(value)
    assert max(map(len, field.split(b"\r\n"))) <= 76


@given(HOSTILE.map(" ".join))
@example('Quotes " and \\ and <x@y.z>, more')
def test_a_from_header_keeps_its_name_and_its_one_address(name: str) -> None:
    field = mailbox_field("From", name, "news@example.org")
    parsed = message_from_bytes(field + b"\r\n")
    shown, address = parseaddr(parsed["From"])
    assert parsed.keys() == ["From"]
    assert str(make_header(decode_header(shown))) == " ".join(clean.text(name).split())
    assert address == "news@example.org"


@pytest.mark.parametrize("sender", ["", "Nobody", "Name <news@münchen.example>", "@example.org"])
def test_a_sender_without_an_ascii_address_is_refused(sender: str) -> None:
    with pytest.raises(ComposeError, match=r"from: .* ASCII"):
        split_mailbox("from", sender)
