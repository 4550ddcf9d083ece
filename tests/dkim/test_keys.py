"""Keys in files, and the records that publish them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.dkim import SigningKey, new_ed25519, new_rsa, read_key, record, write_key
from digest.doctor.dkim import judge_dkim
from digest.doctor.finding import Health
from digest.errors import SecretsError

SMALL = b"""\
-----BEGIN PRIVATE KEY-----
MIIBVwIBADANBgkqhkiG9w0BAQEFAASCAUEwggE9AgEAAkEA2qt8TJaRDneuI9VH
RQsfc8t/OeCStL7ioQf5PhyMWp74xsna2JVl+YwHFynfqJwYgSKdOWw6e6wGwBzx
HKFILQIDAQABAkEAxMFSibNc+BCV/yYUB7r3ZQCxDInWV43+a3i6OroDTDFezSlF
ytJoU8TG7G6Lbeo3oY9p53D92oJFDbqEEv81wQIhAOzyqOHpHKfVe2FYzbOx/xHK
JDci8UFBYjgNk+BXjVvdAiEA7ECXMsCByg6P8pm1hReCOIyVcCJWOTUCQJPTwf/t
QJECIQDf8lVF92IbCn1rO1hnryLJuIjUB9WHfHmNSt/p2DYFjQIhAK2zW7eT9JlU
FaAgRWbifvsG2gTFKjILeGl0hvgXLCARAiEA6f8/kLjT9tkuxARvXR1Z3HgD/vUg
CQq6J7FrESwaHwo=
-----END PRIVATE KEY-----
"""
"""RSA of 512 bits: `openssl genrsa 512`, for cryptography makes none so small."""


def test_a_key_is_read_back_as_it_was_written(tmp_path: Path, rsa_key: SigningKey, ed25519_key: SigningKey) -> None:
    for number, key in enumerate((rsa_key, ed25519_key)):
        write_key(tmp_path / f"{number}", key.private)
        again = SigningKey(key.domain, key.selector, read_key(tmp_path / f"{number}"))
        assert again.sign(b"data") == key.sign(b"data")


def test_a_key_file_is_its_owners_only(tmp_path: Path) -> None:
    write_key(tmp_path / "key", new_ed25519())
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("mine")
    with pytest.raises(SecretsError, match="exists"):
        write_key(tmp_path / "key", new_ed25519())
    assert (tmp_path / "key").read_text() == "mine"


def test_a_key_cannot_be_written_where_no_folder_is(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="cannot be made"):
        write_key(tmp_path / "none" / "key", new_ed25519())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no private key in PEM"),
        (b"\xff-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key in PEM"),
        (SMALL, "neither Ed25519 nor RSA of 1024 bits"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "neither Ed25519 nor RSA"),
    ],
)
def test_a_file_without_a_key_for_dkim_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SecretsError, match=words):
        read_key(tmp_path / "key")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="digest dkim new"):
        read_key(tmp_path / "key")
    with pytest.raises(SecretsError, match="cannot be read"):
        read_key(tmp_path)


@pytest.mark.parametrize("name", ["", "exa mple.org", "a..b", "-a.org", "ä.org", "a.org.", "a;b=c", "a\r\nX: y", "a\n"])
def test_a_name_that_is_none_never_gets_into_a_signature(name: str) -> None:
    private = new_ed25519()
    with pytest.raises(ValueError, match="no name of the DNS"):
        SigningKey(name, "s1", private)
    with pytest.raises(ValueError, match="no name of the DNS"):
        SigningKey("example.org", name, private)


@pytest.mark.parametrize("bits", [2048, 4096])
def test_a_record_holds_strings_of_255_bytes_at_most(bits: int) -> None:
    published = record(SigningKey("example.org", "s1", new_rsa(bits)))
    assert "".join(published.strings) == published.value
    assert max(map(len, published.strings)) <= 255
    assert str(published).startswith('s1._domainkey.example.org. IN TXT "v=DKIM1; k=rsa; p=')


def test_the_doctor_finds_nothing_wrong_with_a_record(rsa_key: SigningKey, ed25519_key: SigningKey) -> None:
    for key in (rsa_key, ed25519_key):
        assert judge_dkim(key, [record(key).value]).health is Health.OK


def test_a_private_key_is_never_shown(rsa_key: SigningKey) -> None:
    assert repr(rsa_key) == "SigningKey(domain='example.org', selector='s1')"
