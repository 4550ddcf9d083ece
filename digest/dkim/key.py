"""A private key of DKIM in its file: made, written, read, and the bare signature (RFC 6376, RFC 8301, RFC 8463)."""

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from digest.errors import SecretsError

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_LEAST_BITS = 1024
"""RFC 8301, section 3.2: a verifier takes no signature of a smaller key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and where its public half stands: `selector._domainkey.domain`.

    Raises ValueError for a domain or selector that is no name of the DNS in ASCII.
    """

    domain: str
    selector: str
    private: PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        for name in (self.domain, self.selector):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of the DNS; write it in ASCII, as in example.org or xn--…")

    @property
    def algorithm(self) -> str:
        """The value of a=."""
        return f"{kind(self.private)}-sha256"

    @property
    def bits(self) -> int:
        """The size of the key."""
        return self.private.key_size if isinstance(self.private, rsa.RSAPrivateKey) else 256

    def sign(self, data: bytes) -> bytes:
        """The bare signature. It frees the GIL, so threads sign side by side."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        # RFC 8463, section 3: PureEdDSA over the hash.
        return self.private.sign(hashlib.sha256(data).digest())


def kind(private: PrivateKey) -> str:
    """The value of k=."""
    return "rsa" if isinstance(private, rsa.RSAPrivateKey) else "ed25519"


def new_rsa(bits: int) -> PrivateKey:
    """A fresh RSA key; RFC 8301 wants 2048 bits or more."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def new_ed25519() -> PrivateKey:
    """A fresh Ed25519 key, for a second signature beside RSA's: many receivers do not know it yet."""
    return ed25519.Ed25519PrivateKey.generate()


def write_key(path: Path, private: PrivateKey) -> None:
    """Write a key to a new file of mode 0600, as PEM. Raises SecretsError where the file exists or cannot be made."""
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except FileExistsError as error:
        raise SecretsError(f"{path} exists and may be a key in use; name a new file") from error
    except OSError as error:
        raise SecretsError(f"the DKIM key file {path} cannot be made: {error.strerror}") from error


def read_key(path: Path) -> PrivateKey:
    """Read a key from its file. Raises SecretsError where it is missing, unreadable or no key for DKIM."""
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise SecretsError(f"there is no DKIM key file {path}; `digest dkim new` makes one") from error
    except OSError as error:
        raise SecretsError(f"the DKIM key file {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SecretsError(f"{path} holds no private key in PEM; `digest dkim new` makes one") from error
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _LEAST_BITS:
        return private
    raise SecretsError(f"{path} holds neither Ed25519 nor RSA of {_LEAST_BITS} bits; `digest dkim new` makes one")
