"""A letter as it is handed to the sender: filled, signed where there is a key, its dots stuffed either way."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.blueprint import Blueprint, Place, Slot
from digest.deliver.letters import LetterError, Letters
from digest.deliver.worker import Letter
from digest.dkim import Signer, SigningKey, new_ed25519
from digest.senders.wire import encode_message
from digest.types import Claimed, Outgoing

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
SIGNER = Signer((SigningKey("example.org", "s1", new_ed25519()),))
SLOTS = (Slot("to", Place.HEADER), Slot("name", Place.TEXT))


def blueprint(text: bytes) -> Blueprint:
    return Blueprint((b"From: a@example.org\r\nTo: ", b"\r\n\r\n" + text, b"\r\n.end\r\n"), SLOTS)


async def finished(letters: Letters, claimed: Claimed) -> Outgoing:
    letter = Letter(claimed, letters.make(claimed), signature=letters.begin_signature(claimed))
    await letter.await_signature()
    assert letter.mail
    return letter.mail


@pytest.fixture
def make(ledger_of: Callable[..., Any]) -> Callable[..., Outgoing]:
    """Makes the letter of a delivery whose blueprint has this text."""

    def made(text: bytes, signer: Signer | None, **values: str) -> Outgoing:
        ledger = ledger_of(["ann@example.com"], stored=blueprint(text).to_bytes())
        letters = Letters(ledger, str, "bounces+{token}@example.org", signer, lambda: NOW)
        return asyncio.run(finished(letters, Claimed(7, 1, "ann@example.com", values)))

    return made


@pytest.mark.parametrize("text", [b"Text", b".dot\r\n..two\r\n", b"bare\n.dot"])
def test_a_signature_stands_before_the_letter_on_the_wire_too(text: bytes, make: Callable[..., Outgoing]) -> None:
    values = {"to": "ann@example.com", "name": ".Ann"}
    plain, signed = make(text, None, **values), make(text, SIGNER, **values)
    assert plain.message == blueprint(text).fill(values)
    assert signed.message.startswith(b"DKIM-Signature: v=1; a=ed25519-sha256;")
    assert signed.message.endswith(b"\r\n" + plain.message)
    for mail in (plain, signed):
        assert mail.stuffed in (b"", encode_message(mail.message))
    assert bool(plain.stuffed) == bool(signed.stuffed)


@pytest.mark.parametrize("signer", [None, SIGNER])
def test_a_slot_without_a_value_is_told(signer: Signer | None, make: Callable[..., Outgoing]) -> None:
    with pytest.raises(LetterError, match="'name' has no value"):
        make(b"Text", signer, to="ann@example.com")
