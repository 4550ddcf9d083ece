"""Links that run out: what they allow is more than a letter may that somebody passed on."""

from dataclasses import dataclass

from digest.tokens import LASTS, Link, read_until, sign_until
from digest.web.door import Door


@dataclass(frozen=True, slots=True)
class Fresh:
    """Whom such a link speaks for; `address` is a new one of hers, where it is about that."""

    link: Link
    address: str = ""


def sign_fresh(door: Door, purpose: str, fresh: Fresh) -> str:
    """A token for one purpose that runs out."""
    link = fresh.link
    words = ".".join([str(link.subscriber_id), link.newsletter, *([fresh.address] if fresh.address else ())])
    return sign_until(door.keys, purpose, words, door.clock() + LASTS[purpose])


def read_fresh(door: Door, purpose: str, token: str) -> Fresh | None:
    """What a token speaks for; None for one that has run out or is not ours."""
    words = read_until(door.keys, purpose, token, door.clock())
    if words is None:
        return None
    subscriber_id, _, rest = words.partition(".")
    newsletter, _, address = rest.partition(".")  # a newsletter's key holds no dot, an address may
    return Fresh(Link(int(subscriber_id), newsletter), address)
