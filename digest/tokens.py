"""Signed tokens: in web links, for one purpose each, and in return paths, which mail servers may fold to one case."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from itsdangerous import BadSignature, Signer

from digest.keys import Keys

LASTS = {"confirm": timedelta(days=7), "account": timedelta(hours=1), "address": timedelta(days=1)}
"""How long the links last that run out, by their purpose."""
_MAC_BYTES = 10
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
"""Of base32 (RFC 4648, section 6), in lower case."""
_SHIFTS = range(5 * 28, -1, -5)


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link in a letter speaks for."""

    subscriber_id: int
    newsletter: str


def sign_link(keys: Keys, purpose: str, link: Link) -> str:
    """A token for one purpose (`unsubscribe`, `preferences`). It does not run out: the law wants links that last."""
    return _signer(keys.web, purpose).sign(f"{link.subscriber_id}.{link.newsletter}").decode()


def read_link(keys: Keys, purpose: str, token: str) -> Link | None:
    """Whom a token speaks for; None for one that is not ours or was made for another purpose."""
    try:
        subscriber_id, _, newsletter = _signer(keys.web, purpose).unsign(token).decode().partition(".")
        return Link(int(subscriber_id), newsletter)
    except (BadSignature, ValueError):
        return None


def sign_until(keys: Keys, purpose: str, words: str, until: datetime) -> str:
    """A token for one purpose that carries `words`, readable to whoever holds it, and runs out at `until` (aware)."""
    carried = base64.urlsafe_b64encode(f"{int(until.timestamp())}.{words}".encode()).rstrip(b"=")
    return _signer(keys.web, purpose).sign(carried).decode()


def read_until(keys: Keys, purpose: str, token: str, now: datetime) -> str | None:
    """What a token carries; None for one that has run out, is not ours, or was made for another purpose."""
    try:
        carried = _signer(keys.web, purpose).unsign(token)
        until, _, words = base64.urlsafe_b64decode(carried + b"=" * (-len(carried) % 4)).decode().partition(".")
    except (BadSignature, ValueError):
        return None
    return words if int(until) > now.timestamp() else None


def view_name(keys: Keys, edition_id: int, digest: str) -> str:
    """24 characters that nobody can guess and that are always the same for one digest: its page in the browser."""
    return (
        base64.b32encode(hmac.digest(keys.mail, f"view {edition_id} {digest}".encode(), "sha256")[:15]).decode().lower()
    )


@lru_cache
def _signer(web_keys: tuple[str, ...], purpose: str) -> Signer:
    # itsdangerous signs with the last key of a list and accepts all of them. A signer of plain text, kept: a link
    # takes 3 µs, through a serializer made each time 16, and a freeze signs two links for every reader.
    return Signer(list(reversed(web_keys)), salt=purpose)


def sign_delivery(keys: Keys, delivery_id: int) -> str:
    """29 characters of lower-case base32 that name a delivery: for return paths and ENVID (RFC 3461, section 4.4)."""
    number = delivery_id.to_bytes(8, "big")
    # 144 bits and a zero are 29 digits. base64.b32encode takes 9 µs where this takes 2, for every letter of a send.
    bits = int.from_bytes(number + _mac(keys, number), "big") << 1
    return "".join([_DIGITS[bits >> shift & 31] for shift in _SHIFTS])


def read_delivery(keys: Keys, token: str) -> int | None:
    """The delivery a token names, in whatever case it came back; None for one that is not ours."""
    try:
        data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    delivery_id = int.from_bytes(data[:8], "big")
    # The whole token is compared: base32 would let its last letter be another one with the same meaning.
    return delivery_id if hmac.compare_digest(sign_delivery(keys, delivery_id), token.lower()) else None


def _mac(keys: Keys, number: bytes) -> bytes:
    return hmac.digest(keys.mail, number, "sha256")[:_MAC_BYTES]
