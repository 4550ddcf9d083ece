"""Who may be written to now, and why not: asked when an edition's readers are fixed, and again before each letter."""

from collections.abc import Mapping
from datetime import datetime

from subscribers import Reason, SubscriptionState
from subscribers.models import LIFTED_BY_HERSELF

UNCONFIRMED = "address not confirmed"
PAUSED = "paused by the reader"
SUPPRESSED = "suppressed"
UNSUBSCRIBED = "unsubscribed"

LETTERS: Mapping[str, tuple[str, frozenset[str]]] = {
    "confirm": (SubscriptionState.PENDING, frozenset(LIFTED_BY_HERSELF)),
    "welcome": (SubscriptionState.ACTIVE, frozenset()),
    "preferences-link": ("", frozenset({Reason.UNSUBSCRIBED})),
    "new-address": ("", frozenset({Reason.UNSUBSCRIBED, Reason.HARD})),
    "goodbye": (SubscriptionState.UNSUBSCRIBED, frozenset({Reason.UNSUBSCRIBED})),
}
"""What each letter to a subscriber wants: the state of her subscription (empty: any), and what may stand against her
address all the same."""


def reason_to_pass_over(
    state: str | None, paused_until: datetime | None, suppression: str | None, now: datetime
) -> str:
    """Why a subscriber may not be written to now; empty where she may. `state` is None where she is gone."""
    if state is None or state == SubscriptionState.UNSUBSCRIBED:
        return UNSUBSCRIBED
    if state == SubscriptionState.PENDING:
        return UNCONFIRMED
    if suppression is not None:
        return f"{SUPPRESSED}: {suppression}"
    if paused_until is not None and paused_until > now:
        return PAUSED
    return ""


def reason_letter_gone(letter: str, subscription: str | None, suppression: str | None) -> str:
    """Why a letter must not go out any more; empty where it may. Letters to staff and ops always may.

    `subscription` is the state of the one it speaks of, `suppression` why its reader's address is not written to.
    """
    if letter not in LETTERS:
        return ""
    state, liftable = LETTERS[letter]
    if suppression is not None and suppression not in liftable:
        return f"suppressed: {suppression}"
    # A reader whose mail bounced confirms anew, though her subscription is active.
    if state and subscription not in (state, SubscriptionState.ACTIVE if suppression else state):
        return f"her subscription is {subscription or 'gone'}"
    return ""
