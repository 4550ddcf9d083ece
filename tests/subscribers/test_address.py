"""Addresses: what is accepted, that the short way agrees with email-validator, and the keyed hash."""

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers import Address, AddressError, address_key, parse_address
from subscribers.address import parse_any_address

CORPORA = Path(os.environ.get("DIGEST_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))


def outcome(parse: object, text: str) -> Address | str:
    assert callable(parse)
    try:
        address = parse(text)
    except AddressError as error:
        return str(error)
    assert isinstance(address, Address)
    return address


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Jane.Doe@Example.ORG", "Jane.Doe@example.org"),
        ("jane@bücher.example", "jane@xn--bcher-kva.example"),
        ("jane@reader.test", "jane@reader.test"),
        ("jane@reader.invalid", "jane@reader.invalid"),
        ("ju\u0308rgen@example.org", "jürgen@example.org"),
        ("用户@example.org", "用户@example.org"),
    ],
)
def test_an_address_is_written_to_in_one_form(text: str, written: str) -> None:
    assert str(parse_address(text)) == written


@pytest.mark.parametrize(
    "text",
    ["", "jane", "jane@", "@example.org", "jane@@example.org", "a b@example.org", "jane@example.org\r\nBcc: x@y.org",
     "Jane <jane@example.org>", '"jane"@example.org', "jane@localhost", "jane@[127.0.0.1]", "j" * 65 + "@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


def test_the_refusal_says_what_is_wrong() -> None:
    with pytest.raises(AddressError, match=r"^'x@' is not an address: there must be something after the @-sign$"):
        parse_address("x@")


LOCAL = st.text("ab.+-_!#'{}|~`\"\\ @<>()é1A", min_size=1, max_size=70)
DOMAIN = st.one_of(
    st.sampled_from(["example.org", "EXAMPLE.org", "xn--bcher-kva.de", "a.test", "b.invalid", "localhost", "x.arpa"]),
    st.text("ab1-.xn_ é[]", max_size=80),
)


@given(local=LOCAL, domain=DOMAIN)
@example(local="INFO", domain="example.org")
@example(local="a" * 64, domain="b" * 63 + "." + "c" * 63 + "." + "d" * 57 + ".org")
@example(local="a" * 64, domain="b" * 63 + "." + "c" * 63 + "." + "d" * 58 + ".org")
@example(local="a", domain="example.org\n")
def test_the_short_way_agrees_with_the_long_one(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    assert outcome(parse_address, text) == outcome(parse_any_address, text)


@given(st.text(max_size=300))
def test_any_text_at_all_is_an_address_or_an_address_error(text: str) -> None:
    assert outcome(parse_address, text) == outcome(parse_any_address, text)


def test_one_person_has_one_key_however_she_spells_her_address() -> None:
    spellings = ["Jürgen@Bücher.de", "JÜRGEN@xn--bcher-kva.DE", "ju\u0308rgen@bücher.de"]
    assert len({address_key(parse_address(text), b"secret") for text in spellings}) == 1


def test_the_key_is_another_with_another_secret() -> None:
    address = parse_address("jane@example.org")
    assert address_key(address, b"one") != address_key(address, b"two")


def test_the_key_is_the_hash_the_design_names() -> None:
    # printf jane@example.org | openssl dgst -sha256 -hmac secret
    expected = "2aee34a838c0fba8"
    assert address_key(parse_address("JANE@example.org"), b"secret").startswith(expected)


def test_the_isemail_corpus_is_judged_as_its_authors_did() -> None:
    path = CORPORA / "addresses" / "is_email.xml"
    if not path.exists():
        pytest.skip(f"no corpus at {path}")
    wrong = [test for test in ET.parse(path).iter("test") if not _as_expected(test)]
    # `test@io`: right by the RFC, but no top-level domain takes mail.
    assert [test.findtext("address") for test in wrong] == ["test@io"]


def _as_expected(test: ET.Element) -> bool:
    written = test.findtext("address") or ""
    text = "".join(chr(ord(char) - 0x2400) if 0x2400 <= ord(char) < 0x2420 else char for char in written)
    valid = test.findtext("category") in ("ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN")
    return isinstance(outcome(parse_address, text), Address) == valid
