"""Signatures hold for whatever a slot is filled with, and break when anything that was signed is changed."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digest.blueprint import Blueprint, Place, Slot
from digest.dkim import Signer, SigningKey

Sign = Callable[..., bytes]
Verify = Callable[..., bool]
Values = Mapping[str, str]

SLOTS = ("to", "message_id", "unsubscribe", "preferences")
BLANKS = st.text(" \t\r\n=.-ä\x00\x0b\x85\u2028x", max_size=12)
ANYTHING = st.one_of(BLANKS, st.text(max_size=300))
LINES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b".", b"word", b"=20"]), max_size=12).map(b"".join)


@settings(deadline=None)
@given(values=st.fixed_dictionaries(dict.fromkeys(SLOTS, ANYTHING)))
def test_both_signatures_hold_whatever_the_slots_hold(
    values: dict[str, str], sign: Sign, verify: Verify, letter: Blueprint
) -> None:
    signed = sign(letter, values)
    assert verify(signed, 0)
    assert verify(signed, 1)


@settings(deadline=None)
@given(pieces=st.tuples(LINES, LINES, LINES), value=ANYTHING)
def test_a_signature_holds_whatever_blanks_and_lines_stand_around_the_slots(
    pieces: tuple[bytes, bytes, bytes], value: str, sign: Sign, verify: Verify
) -> None:
    first, middle, last = pieces
    slots = (Slot("to", Place.HEADER), Slot("name", Place.TEXT), Slot("name", Place.HTML))
    body = (b"\r\nFrom: a@example.org\r\n\r\n" + first, middle, last + b"\r\n")
    assert verify(sign(Blueprint((b"To: ", *body), slots), {"to": value, "name": value}))


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_one_changed_byte_breaks_it(
    data: st.DataObject, sign: Sign, verify: Verify, letter: Blueprint, values: Values
) -> None:
    signed, whole = sign(letter), letter.fill(values)
    index = data.draw(st.integers(1, len(whole)))
    # What is not printed is a line's end, and the relaxed form hears of some of its changes only.
    assume(whole[-index] >= 32)
    changed = bytearray(signed)
    changed[-index] ^= 1
    assert not verify(bytes(changed), 0)
    assert not verify(bytes(changed), 1)


@pytest.mark.parametrize("name", ["From", "Subject", "Date", "To", "Reply-To"])
def test_a_field_added_later_breaks_it(name: str, sign: Sign, verify: Verify, letter: Blueprint) -> None:
    signed, added = sign(letter), f"{name}: another@example.com\r\n".encode()
    head, _, rest = signed.partition(b"From:")
    assert not verify(head + added + b"From:" + rest)
    assert not verify(head + b"From:" + rest.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n", 1))


@pytest.mark.parametrize(
    "name", ["Cc", "Content-Transfer-Encoding", "List-Subscribe", "List-Owner", "List-Archive", "CFBL-Address"]
)
def test_what_only_some_letters_have_is_signed_where_present(name: str, sign: Sign, verify: Verify) -> None:
    signed = sign(Blueprint((f"From: a@example.org\r\n{name}: one\r\n\r\nHi\r\n".encode(),), ()))
    assert verify(signed)
    assert not verify(signed.replace(b"one", b"eno"))


@pytest.mark.parametrize("name", ["Return-Path", "Received", "X-Mailer"])
def test_what_relays_write_is_not_signed(name: str, sign: Sign, verify: Verify, letter: Blueprint) -> None:
    assert verify(f"{name}: one\r\n".encode() + sign(letter))
    assert name not in _tags(sign(Blueprint((f"{name}: one\r\n\r\n".encode(),), ())))["h"]


@pytest.mark.parametrize("change", [(b"t=1", b"t=0"), (b"c=relaxed/", b"c=simple/"), (b"List-Id:", b"")])
def test_a_changed_tag_breaks_it(change: tuple[bytes, bytes], sign: Sign, verify: Verify, letter: Blueprint) -> None:
    assert not verify(sign(letter).replace(*change, 1))


def _tags(signed: bytes) -> dict[str, str]:
    field = re.sub(r"\s", "", re.split(r"\r\n(?! )", signed.decode())[0].partition(":")[2])
    return dict(tag.split("=", 1) for tag in field.split(";"))


def test_every_field_of_a_letter_is_signed_and_five_are_guarded(sign: Sign, letter: Blueprint, values: Values) -> None:
    listed = _tags(sign(letter))["h"].split(":")
    header = letter.fill(values).partition(b"\r\n\r\n")[0].decode()
    present = re.findall(r"^([\w-]+):", header, re.MULTILINE)
    assert sorted(listed) == sorted([*present, "From", "Subject", "Date", "To", "Reply-To"])


def test_it_says_when_and_where_and_leaves_nothing_open(sign: Sign, letter: Blueprint) -> None:
    tags = _tags(sign(letter))
    assert tags.keys() == {"v", "a", "c", "d", "s", "h", "t", "bh", "b"}
    said = (tags["a"], tags["c"], tags["d"], tags["s"], tags["t"])
    assert said == ("rsa-sha256", "relaxed/relaxed", "example.org", "s1", "1767794400")


def test_its_lines_are_short_and_end_in_crlf(signer: Signer, letter: Blueprint, values: Values) -> None:
    lines = signer.prepare(letter).sign(values, 1).split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 78
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_an_empty_body_has_the_known_hash(sign: Sign, verify: Verify) -> None:
    signed = sign(Blueprint((b"From: a@example.org\r\n\r\n\r\n",), ()))
    assert _tags(signed)["bh"] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert verify(signed)


def test_of_several_fields_with_one_name_all_are_signed(sign: Sign, verify: Verify) -> None:
    signed = sign(Blueprint((b"From: a@example.org\r\nCc: one\r\nSubject: s\r\nCC: two\r\n\r\nHi\r\n",), ()))
    assert verify(signed)
    assert not verify(signed.replace(b"one", b"eno"))
    assert not verify(signed.replace(b"two", b"owt"))


def test_threads_sign_with_one_preparation(rsa_key: SigningKey, letter: Blueprint, values: Values) -> None:
    prepared = Signer((rsa_key,)).prepare(letter)

    def sign(number: int) -> bytes:
        return prepared.sign({**values, "to": f"reader{number}@example.net"}, number)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(sign, range(200))) == [sign(number) for number in range(200)]


def test_without_keys_nothing_is_added(letter: Blueprint, values: Values) -> None:
    assert Signer(()).prepare(letter).sign(values, 1) == b""


def test_a_slot_without_a_value_is_an_error(signer: Signer, letter: Blueprint, values: Values) -> None:
    with pytest.raises(KeyError, match="unsubscribe"):
        signer.prepare(letter).sign({name: values[name] for name in SLOTS if name != "unsubscribe"}, 1)
