"""Signed tokens: in web links, for one purpose each, and in return paths, which mail servers may fold to one case."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from digest.keys import Keys

_MAC_BYTES = 10


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a link in a letter speaks for."""

    subscriber_id: int
    newsletter: str


def sign_link(keys: Keys, purpose: str, link: Link) -> str:
    """A token for one purpose (`unsubscribe`, `preferences`). It does not run out: the law wants links that last."""
    return str(_serializer(keys, purpose).dumps([link.subscriber_id, link.newsletter]))


def read_link(keys: Keys, purpose: str, token: str) -> Link | None:
    """Whom a token speaks for; None for one that is not ours or was made for another purpose."""
    try:
        subscriber_id, newsletter = _serializer(keys, purpose).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return Link(subscriber_id, newsletter)


def _serializer(keys: Keys, purpose: str) -> URLSafeSerializer:
    # itsdangerous signs with the last key of a list and accepts all of them.
    return URLSafeSerializer(list(reversed(keys.web)), salt=purpose)


def sign_delivery(keys: Keys, delivery_id: int) -> str:
    """29 characters of lower-case base32 that name a delivery: for return paths and ENVID (RFC 3461, section 4.4)."""
    number = delivery_id.to_bytes(8, "big")
    return base64.b32encode(number + _mac(keys, number)).decode().lower().rstrip("=")


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
    return hmac.new(keys.mail, number, hashlib.sha256).digest()[:_MAC_BYTES]
