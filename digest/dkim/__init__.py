"""Signs letters with DKIM, for those whose relay does not. Pure: blueprints and keys go in, header fields come out."""

from digest.dkim.key import SigningKey, kind, new_ed25519, new_rsa, read_key, write_key
from digest.dkim.record import Record, record
from digest.dkim.signing import Prepared, Signer

__all__ = [
    "Prepared",
    "Record",
    "Signer",
    "SigningKey",
    "kind",
    "new_ed25519",
    "new_rsa",
    "read_key",
    "record",
    "write_key",
]
