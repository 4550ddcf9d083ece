"""Letters leave signed by the keys of config.yaml, and a key that is none is told at start."""

import email
from collections.abc import Callable
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from digest import wiring
from digest.blueprint import Blueprint
from digest.config import load
from digest.dkim import SigningKey, write_key
from digest.errors import ConfigError
from digest.models import BlueprintRow

Verify = Callable[..., bool]
KEYS = [{"selector": name, "domain": "example.org", "key_file": f"{name}.key"} for name in ("s1", "s2")]
READERS = 25


@pytest.fixture
def signing(tmp_path: Path, new_world: Callable[..., Any], rsa_key: SigningKey, ed25519_key: SigningKey) -> Any:
    """A world that signs with two keys, with an edition that has news for each of its readers."""
    for key in (rsa_key, ed25519_key):
        write_key(tmp_path / f"{key.selector}.key", key.private)
    world = new_world(sender=f"dkim: {KEYS}")
    world.publish("What China wants", "Asia Program")
    for number in range(READERS):
        world.subscribe(f"reader{number}", *(["asia"] if number % 2 else []))
    world.edition()
    return world


def test_every_letter_is_signed_by_every_key(signing: Any, verify: Verify) -> None:
    assert signing.send() == {"sent": READERS}
    letters = [file.read_bytes() for file in (signing.folder / "letters").glob("*.eml")]
    assert len(letters) == READERS
    for letter in letters:
        assert verify(letter, 0)
        assert verify(letter, 1)
    times = {
        email.message_from_bytes(letter, policy=SMTP)["DKIM-Signature"].count("t=1767794400;") for letter in letters
    }
    assert times == {1}


def test_what_is_stored_is_the_letter_before_it_was_signed(signing: Any) -> None:
    signing.send()
    with signing.database.read() as session:
        bodies = session.scalars(select(BlueprintRow.body)).all()
    assert not [body for body in bodies if b"DKIM" in b"".join(Blueprint.from_bytes(body).pieces)]


def test_without_keys_nothing_signs(world: Any) -> None:
    world.publish("What China wants", "Asia Program")
    world.subscribe("ann")
    world.edition()
    world.send()
    assert "DKIM-Signature" not in world.letters()["ann@example.com"]


@pytest.fixture
def start(world: Any, rsa_key: SigningKey) -> Callable[..., Any]:
    """Starts the program with one key, `s1.key`, and some of what config.yaml says of it changed."""
    file = world.folder / "config.yaml"
    write_key(world.folder / "s1.key", rsa_key.private)

    def begin(**changes: str) -> Any:
        config = yaml.safe_load(file.read_text())
        config["sender"]["dkim"] = [{"selector": "s1", "domain": "example.org", "key_file": "s1.key"} | changes]
        file.write_text(yaml.safe_dump(config))
        return wiring.open_pipeline(load(file), world.clock)

    return begin


@pytest.mark.parametrize("domain", ["example.org", "Example.ORG", "org", "letters.example.org"])
def test_a_key_may_stand_at_the_domain_of_from_above_or_below_it(domain: str, start: Callable[..., Any]) -> None:
    pipeline = start(domain=domain)
    assert [key.domain for key in pipeline.signer.keys] == [domain]
    pipeline.database.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"key_file": "none.key"},
            r"sender\.dkim\[0\]\.key_file: there is no DKIM key file .*none\.key; `digest dkim new`",
        ),
        ({"key_file": "config.yaml"}, "holds no private key in PEM; `digest dkim new` makes one"),
        ({"key_file": "."}, "cannot be read"),
        ({"selector": "s 1"}, r"sender\.dkim\[0\]: 's 1' is no name of the DNS"),
        (
            {"domain": "ample.org"},
            r"sender\.dkim\[0\]\.domain: no newsletter is sent from ample\.org; .*: example\.org",
        ),
        ({"domains": "example.org"}, r"sender\.dkim\[0\]\.domains: "),
    ],
)
def test_a_key_that_cannot_sign_is_told_at_start(changes: dict[str, str], said: str, start: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        start(**changes)
    assert caught.value.line is not None
