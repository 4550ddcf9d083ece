"""The DNS record that publishes a key (RFC 6376, section 3.6; RFC 8463, section 4)."""

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.dkim.key import SigningKey, kind

_STRING_BYTES = 255
"""RFC 1035, section 3.3: the longest string of a TXT record. Verifiers join the strings without a blank."""


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record: its full name without the last dot, and its whole value."""

    name: str
    value: str

    @property
    def strings(self) -> list[str]:
        """The value as the strings that a TXT record holds."""
        return [self.value[at : at + _STRING_BYTES] for at in range(0, len(self.value), _STRING_BYTES)]

    def __str__(self) -> str:
        """The line of a zone file (RFC 1035, section 5)."""
        return f"{self.name}. IN TXT " + " ".join(f'"{string}"' for string in self.strings)


def record(key: SigningKey) -> Record:
    """The record for the public half of a key."""
    name = f"{key.selector}._domainkey.{key.domain}"
    public = base64.b64encode(_public_bytes(key.private.public_key())).decode()
    return Record(name, f"v=DKIM1; k={kind(key.private)}; p={public}")


def _public_bytes(public: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> bytes:
    if isinstance(public, rsa.RSAPublicKey):
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public.public_bytes_raw()
