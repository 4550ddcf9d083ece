"""The secrets of one installation, in one file beside config.yaml that only its owner may read.

`address_key` makes the keyed hash of addresses and is never changed: with another one, everybody who left would be
strangers. A check value of it lies in the database, so that a wrong file is noticed at the start.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from digest.errors import SecretsError


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets. `web` may hold several: the first signs, all are accepted, so that keys can be renewed."""

    address: bytes
    web: tuple[str, ...]
    mail: bytes

    def __repr__(self) -> str:
        return "Keys(…)"

    @property
    def check_value(self) -> str:
        """Tells in the database which address key it was made with, and gives nothing of it away."""
        return hmac.new(self.address, b"check value", hashlib.sha256).hexdigest()[:16]


def create(path: Path) -> Keys:
    """Make new secrets in a file of mode 0600. Raises SecretsError where the file exists or cannot be written."""
    text = json.dumps(
        {"address_key": secrets.token_hex(32), "web_keys": [secrets.token_hex(32)], "mail_key": secrets.token_hex(32)},
        indent=2,
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
    except OSError as error:
        raise SecretsError(f"the secrets file {path} cannot be made: {error.strerror}") from error
    return load(path)


def load(path: Path) -> Keys:
    """Read the secrets. Raises SecretsError where they are missing or unreadable."""
    try:
        data = json.loads(path.read_text())
        return Keys(bytes.fromhex(data["address_key"]), tuple(data["web_keys"]), bytes.fromhex(data["mail_key"]))
    except FileNotFoundError as error:
        raise SecretsError(f"there is no secrets file {path}; `digest init` makes one") from error
    except OSError as error:
        raise SecretsError(f"the secrets file {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SecretsError(f"the secrets file {path} is damaged; put back its copy from your backup") from error
