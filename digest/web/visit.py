"""A reader on her pages: the token she came with, whom it speaks for, and where she stands."""

from dataclasses import dataclass

from digest.tokens import Link, read_link, sign_link
from digest.web.door import Door, Offer
from subscribers import Rhythm, Standing, SubscriptionState, read_standing


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who came by a link in her letter."""

    door: Door
    link: Link
    standing: Standing

    @property
    def offer(self) -> Offer:
        """The newsletter that the link is about."""
        return self.door.newsletters[self.link.newsletter]

    @property
    def has_left(self) -> bool:
        """Whether she no longer gets it."""
        return self.standing.state == SubscriptionState.UNSUBSCRIBED

    @property
    def is_paused(self) -> bool:
        """Whether she gets nothing for now."""
        until = self.standing.paused_until
        return until is not None and until > self.door.clock()

    @property
    def pause_ends(self) -> str:
        """The day on which her pause ends, as the page says it."""
        until = self.standing.paused_until
        return f"{until:%B} {until.day}, {until.year}" if until else ""

    @property
    def is_monthly(self) -> bool:
        """Whether she gets one letter a month."""
        return self.standing.rhythm == Rhythm.MONTHLY

    @property
    def preferences_token(self) -> str:
        """For the page where she chooses."""
        return sign_link(self.door.keys, "preferences", self.link)

    @property
    def leave_token(self) -> str:
        """For the page where she leaves."""
        return sign_link(self.door.keys, "unsubscribe", self.link)


def visit(door: Door, purpose: str, token: str) -> Visit | None:
    """Who came by a link that does not run out; None for a stranger, who may be somebody erased."""
    link = read_link(door.keys, purpose, token)
    if link is None or link.newsletter not in door.newsletters:
        return None
    with door.read() as session:
        standing = read_standing(session, link.subscriber_id, link.newsletter)
    return None if standing is None else Visit(door, link, standing)


def masked(address: str) -> str:
    """An address that its owner knows again and nobody else can use: a letter may have been forwarded."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
