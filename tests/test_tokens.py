"""Tokens: one purpose each, ours alone, and readable in whatever case a mail server hands them back."""

from hypothesis import given
from hypothesis import strategies as st

from digest.keys import Keys
from digest.tokens import Link, read_delivery, read_link, sign_delivery, sign_link

KEYS = Keys(b"a" * 32, ("new", "old"), b"m" * 32)


@given(st.integers(0, 2**63))
def test_a_delivery_token_survives_case_and_fits_a_local_part(number: int) -> None:
    token = sign_delivery(KEYS, number)
    assert len(token) == 29
    assert read_delivery(KEYS, token.upper()) == number


@given(st.text())
def test_what_we_did_not_sign_names_no_delivery(token: str) -> None:
    assert read_delivery(KEYS, token) is None


@given(st.integers(0, 2**63), st.integers(0, 28), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_one_changed_letter_spoils_a_delivery_token(number: int, place: int, letter: str) -> None:
    token = sign_delivery(KEYS, number)
    changed = token[:place] + letter + token[place + 1 :]
    assert (read_delivery(KEYS, changed) == number) is (changed == token)


def test_a_link_speaks_for_one_purpose_only() -> None:
    token = sign_link(KEYS, "unsubscribe", Link(7, "weekly"))
    assert read_link(KEYS, "unsubscribe", token) == Link(7, "weekly")
    assert read_link(KEYS, "preferences", token) is None


def test_links_signed_with_an_old_key_still_work_until_it_is_taken_out() -> None:
    token = sign_link(Keys(b"", ("old",), b""), "unsubscribe", Link(7, "weekly"))
    assert read_link(KEYS, "unsubscribe", token) == Link(7, "weekly")
    assert read_link(Keys(b"", ("new",), b""), "unsubscribe", token) is None


@given(st.text())
def test_what_we_did_not_sign_is_no_link(token: str) -> None:
    assert read_link(KEYS, "unsubscribe", token) is None


def test_secrets_do_not_show() -> None:
    assert repr(KEYS) == "Keys(…)"
