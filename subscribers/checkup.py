"""What looks wrong with the addresses of a list: shared ones, mistyped ones, throw-away ones, ones never confirmed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.address import ROLE_NAMES
from subscribers.models import Subscriber, Subscription, SubscriptionState

LONG_UNCONFIRMED = timedelta(days=30)

_LARGE = (
    "gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "msn.com", "aol.com",
    "icloud.com", "me.com", "comcast.net", "verizon.net", "att.net", "protonmail.com", "proton.me", "gmx.de", "gmx.net",
    "web.de", "mail.com", "mail.ru", "yandex.ru", "orange.fr", "hotmail.co.uk", "yahoo.co.uk", "btinternet.com",
)  # fmt: skip
_SHORTEST = 8
"""Below this, one letter makes another domain that is somebody's own: `me.com`, `he.com`."""
_NEIGHBOURS = frozenset({"ymail.com", "hotmail.fr", "hotmail.de", "yahoo.ca", "yahoo.fr", "email.com", "gmx.com"})
"""Domains of their own that are one letter from a large one."""
_DISPOSABLE = frozenset({
    "mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "trashmail.com", "temp-mail.org",
    "tempmail.com", "throwawaymail.com", "getnada.com", "maildrop.cc", "sharklasers.com", "dispostable.com",
    "fakeinbox.com", "mailnesia.com", "mintemail.com", "mohmal.com", "moakt.com", "discard.email", "emailondeck.com",
    "spamgourmet.com",
})  # fmt: skip
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one subscriber that a person should look at."""

    subscriber_id: int
    address: str
    kind: str
    """`role`, `typo`, `disposable` or `unconfirmed`."""
    words: str


def check_up(session: Session, now: datetime) -> Iterator[Finding]:
    """Every finding, in the order of the subscribers' coming; streamed. Nothing is asked of the network."""
    people = select(Subscriber.id, Subscriber.address, Subscriber.domain).order_by(Subscriber.id)
    waiting = _waiting_since(session, now)
    for number, address, domain in session.execute(people.execution_options(yield_per=_BATCH)):
        if address.rpartition("@")[0].lower() in ROLE_NAMES:
            yield Finding(number, address, "role", "a shared mailbox: several people read it, and one complains")
        if meant := likely_meant(domain):
            yield Finding(number, address, "typo", f"probably {meant} was meant")
        if domain in _DISPOSABLE:
            yield Finding(number, address, "disposable", "a mailbox to throw away")
        if number in waiting:
            yield Finding(number, address, "unconfirmed", f"not confirmed since {waiting[number]:%Y-%m-%d}")


def _waiting_since(session: Session, now: datetime) -> dict[int, datetime]:
    rows = select(Subscription.subscriber_id, Subscription.created_at).where(
        Subscription.state == SubscriptionState.PENDING, Subscription.created_at < now - LONG_UNCONFIRMED
    )
    return dict(session.execute(rows).all())


@lru_cache(maxsize=65_536)
def likely_meant(domain: str) -> str:
    """The large domain that is one slip away: a letter missing, doubled, wrong, or two swapped; empty for none."""
    if domain in _LARGE or domain in _NEIGHBOURS:
        return ""
    return next((large for large in _LARGE if len(large) >= _SHORTEST and _one_slip(domain, large)), "")


def _one_slip(typed: str, meant: str) -> bool:
    """Whether their Damerau-Levenshtein distance is one."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    at = next((place for place, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), -1)
    if at < 0:
        return True  # one is the other with a letter more at its end
    if len(typed) != len(meant):
        shorter, longer = sorted((typed, meant), key=len)
        return shorter[at:] == longer[at + 1 :]
    swapped = typed[at : at + 2] == meant[at : at + 2][::-1] and typed[at + 2 :] == meant[at + 2 :]
    return swapped or typed[at + 1 :] == meant[at + 1 :]
