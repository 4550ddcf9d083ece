"""Two keys, a letter with slots everywhere, and dkimpy as the judge, with a DNS of its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest

from digest.blueprint import Blueprint, Place, Slot
from digest.compose import message
from digest.dkim import Signer, SigningKey, new_ed25519, new_rsa, record

_SIGNED_AT = 1_767_794_400
_VALUES = {"to": "ada@example.net", "message_id": "7@example.org", "unsubscribe": "UN.T-1", "preferences": "Pr.T-2"}

Content = Sequence[str | Slot]
Sign = Callable[..., bytes]
Verify = Callable[..., bool]


@pytest.fixture(scope="session")
def rsa_key() -> SigningKey:
    return SigningKey("example.org", "s1", new_rsa(2048))


@pytest.fixture(scope="session")
def ed25519_key() -> SigningKey:
    return SigningKey("example.org", "s2", new_ed25519())


@pytest.fixture(scope="session")
def signer(rsa_key: SigningKey, ed25519_key: SigningKey) -> Signer:
    """Signs with both."""
    return Signer((rsa_key, ed25519_key))


@pytest.fixture(scope="session")
def dns(signer: Signer) -> dict[str, str]:
    """The TXT records of both keys."""
    return {published.name: published.value for published in map(record, signer.keys)}


@pytest.fixture(scope="session")
def letter() -> Blueprint:
    """A letter of a mailing list, with every slot that letters have."""
    head = message.Head(
        sender="Think Tank <news@example.org>",
        subject="A subject  with blanks, a café and enough words that the header must fold it over two lines or more",
        date=datetime(2026, 1, 7, 14, tzinfo=UTC),
        feedback=("2026-01-07", "weekly", "digest"),
        mailing_list=message.MailingList("weekly", "The weekly", "https://letters.example.org"),
    )
    text: Content = [
        "Two  blanks,\ta tab \n\n",
        Slot("preferences", Place.TEXT),
        " \n\n",
        Slot("unsubscribe", Place.TEXT),
        "\n\n",
    ]
    html: Content = [
        "<p>\n  Two  blanks ",
        Slot("preferences", Place.HTML),
        " \n",
        Slot("unsubscribe", Place.HTML),
        "</p>\n\n",
    ]
    return message.build(head, text, html, nonce="0123456789abcdef")


@pytest.fixture(scope="session")
def values() -> dict[str, str]:
    """What its slots are filled with where a test does not say."""
    return _VALUES


@pytest.fixture(scope="session")
def sign(signer: Signer) -> Sign:
    """A blueprint signed and filled, as it goes out."""

    def signed(blueprint: Blueprint, values: Mapping[str, str] = _VALUES) -> bytes:
        return signer.prepare(blueprint).sign(values, _SIGNED_AT) + blueprint.fill(values)

    return signed


@pytest.fixture(scope="session")
def verify(dns: dict[str, str]) -> Verify:
    """What dkimpy says of the signature that stands at `index`."""

    def verified(letter: bytes, index: int = 0) -> bool:
        try:
            judge = dkimpy.DKIM(letter)
            return bool(judge.verify(index, dnsfunc=lambda name, timeout: dns[name.decode().rstrip(".")].encode()))
        except dkimpy.DKIMException:
            return False

    return verified
