"""DKIM signatures, relaxed/relaxed (RFC 6376): what all letters of a digest share is made ready once."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.blueprint import Blueprint
from digest.dkim.canonical import relaxed_body, relaxed_field, split
from digest.dkim.key import SigningKey

if TYPE_CHECKING:
    from hashlib import _Hash

_SIGNED = (
    *("From", "Subject", "Date", "To", "Reply-To", "Cc", "Message-ID"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    *("List-Id", "List-Help", "List-Post", "List-Subscribe", "List-Owner", "List-Archive"),
    *("List-Unsubscribe", "List-Unsubscribe-Post"),  # RFC 8058, section 4: both must be covered
    *("Feedback-ID", "Auto-Submitted", "Precedence", "CFBL-Address"),
)
"""RFC 6376, section 5.4.1, and what mailbox providers act upon."""
_OVERSIGNED = ("From", "Subject", "Date", "To", "Reply-To")
"""Named once more than present, so that nobody can add another one (RFC 6376, section 8.15)."""
_COLUMNS = 76


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with each of its keys, in their order; some verifiers only read the first, so RSA belongs before Ed25519.

    Without a length, so nothing can be added after the body (RFC 6376, section 8.2).
    """

    keys: tuple[SigningKey, ...]

    def prepare(self, blueprint: Blueprint) -> "Prepared":
        """Make ready what all letters of a blueprint share."""
        fields, body = split(blueprint)
        names, signed = _choose(fields)
        body = relaxed_body(body)
        return Prepared(
            tuple((key, _opening(key, names)) for key in self.keys),
            tuple(field if field.slots else relaxed_field(field.pieces[0]) for field in signed),
            hashlib.sha256(body.pieces[0]),
            Blueprint((b"", *body.pieces[1:]), body.slots),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What all letters of a blueprint share; `Signer.prepare` makes it. Any number of threads may sign with it."""

    openings: tuple[tuple[SigningKey, bytes], ...]
    """Each key with its signature field up to h=."""
    fields: tuple[bytes | Blueprint, ...]
    """What is signed of the header, in the order of h=; relaxed where it has no slot."""
    body_start: "_Hash"
    """The body up to its first slot, hashed."""
    body_rest: Blueprint

    def sign(self, values: Mapping[str, str], timestamp: int) -> bytes:
        """The DKIM-Signature fields to put before the blueprint filled with these values.

        `timestamp` is in whole seconds since 1970, UTC. Raises KeyError for a slot without a value.
        """
        body = self.body_start.copy()
        body.update(self.body_rest.fill(values))
        varying = b" t=%d; bh=%b;\r\n b=" % (timestamp, b64encode(body.digest()))
        header = b"".join(
            (field if isinstance(field, bytes) else relaxed_field(field.fill(values))) + b"\r\n"
            for field in self.fields
        )
        return b"".join(_signature(key, header, opening + varying) for key, opening in self.openings)


def _choose(fields: Sequence[Blueprint]) -> tuple[list[str], list[Blueprint]]:
    """The names for h=, and the fields they stand for: of several with one name the last first (section 5.4.2)."""
    names, chosen = [], []
    for name in _SIGNED:
        present = [field for field in reversed(fields) if _is_called(field, name)]
        chosen += present
        names += [name] * (len(present) + (name in _OVERSIGNED))
    return names, chosen


def _is_called(field: Blueprint, name: str) -> bool:
    return field.pieces[0].lower().startswith(f"{name}:".lower().encode())


def _opening(key: SigningKey, names: Iterable[str]) -> bytes:
    lines = [
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;",
        f" d={key.domain};",
        f" s={key.selector};",
        *_fold_names(names),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _fold_names(names: Iterable[str]) -> list[str]:
    """The lines of h=; blanks may stand around its colons (RFC 6376, section 3.5)."""
    lines = [" h="]
    for name in names:
        if len(lines[-1]) + len(name) + 1 > _COLUMNS:
            lines.append(" ")
        lines[-1] += f"{name}:"
    return [*lines[:-1], lines[-1].removesuffix(":") + ";"]


def _signature(key: SigningKey, header: bytes, unsigned: bytes) -> bytes:
    """One whole field: `unsigned` is it up to an empty b=, which is what gets signed after the header (section 3.7)."""
    written = b64encode(key.sign(header + relaxed_field(unsigned)))
    lines = [written[at : at + _COLUMNS - 3] for at in range(0, len(written), _COLUMNS - 3)]
    return unsigned + b"\r\n ".join(lines) + b"\r\n"
