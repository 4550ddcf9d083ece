"""What becomes of a delivery after one try: a pure decision from the server's reply.

A reply belongs to what it speaks of: to this one delivery, to everything for its receiving domain, or to the relay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from digest.types import Reply, Stage, State

Uncertain = Literal["resend", "hold"]

# RFC 5321, section 4.5.4.1: at least two tries in the first hour, then every two or three hours. The first comes after
# 5 minutes because that is how long greylisting servers mostly ask for.
_MINUTES = (5, 15, 30, 60, 120, 180)
_UNCERTAIN_PAUSE = timedelta(minutes=5)
_RELAY_PAUSE = timedelta(minutes=1)
_TOO_BIG = ("5.3.4", "5.2.3")
"""RFC 3463: the message is larger than the system, or this mailbox, takes."""
_LATER_SHARE = 0.2
"""By how much of itself a pause may grow, so that what failed together does not come back together."""


class Lane(StrEnum):
    """What a reply speaks of."""

    ROW = "row"
    DOMAIN = "domain"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Decision:
    """The delivery's next state. `next_try_at` is aware UTC; None where no further try is meant."""

    state: State
    lane: Lane
    next_try_at: datetime | None = None
    reason: str = ""
    counts: bool = True
    """Whether this try is used up."""


def decide(
    reply: Reply,
    *,
    tries: int,
    first_tried_at: datetime | None,
    now: datetime,
    give_up_after: timedelta,
    uncertain: Uncertain,
    jitter: float,
    another_relay: bool = False,
    soft_bounce: bool = False,
) -> Decision:
    """What to do after `reply`. `tries` are those before this one; `jitter` from 0 to 1 spreads the next try.

    Where `another_relay` is well, it takes over at once what failed for no fault of the delivery. `soft_bounce` tries
    again also what was refused for good.
    """
    if reply.stage is Stage.BODY and reply.code is None:
        return _in_doubt(now, uncertain)
    if reply.stage is Stage.BODY and reply.code is not None and reply.code // 100 == 2:
        return _SENT
    lane = lane_of(reply)
    if lane is Lane.ROW and not is_temporary(reply) and not soft_bounce:
        return Decision(State.FAILED, lane, reason=_why_failed(reply))
    if first_tried_at is not None and now - first_tried_at >= give_up_after:
        return Decision(State.FAILED, lane, reason="gave up")
    if lane is Lane.RELAY and another_relay:
        return Decision(State.DEFERRED, lane, now, counts=False)
    pause = _RELAY_PAUSE if lane is Lane.RELAY else timedelta(minutes=_MINUTES[min(tries, len(_MINUTES) - 1)])
    return Decision(State.DEFERRED, lane, now + pause * (1 + _LATER_SHARE * jitter), counts=lane is not Lane.RELAY)


_SENT = Decision(State.SENT, Lane.ROW)


def _why_failed(reply: Reply) -> str:
    if is_policy(reply):
        return "policy"
    return "too big" if is_too_big(reply) else "refused"


def _in_doubt(now: datetime, uncertain: Uncertain) -> Decision:
    if uncertain == "hold":
        return Decision(State.UNCERTAIN, Lane.RELAY, reason="held: it may have arrived")
    return Decision(State.UNCERTAIN, Lane.RELAY, now + _UNCERTAIN_PAUSE, "it may have arrived")


def lane_of(reply: Reply) -> Lane:
    """What a reply that is not good speaks of (RFC 3463 gives the meaning of enhanced codes)."""
    early = reply.stage not in (Stage.RCPT, Stage.DATA, Stage.BODY)
    if early and is_too_big(reply):
        return Lane.ROW
    if early or reply.code is None or reply.code < 400:
        return Lane.RELAY
    if reply.code == 421 or reply.enhanced.startswith(("4.3.", "4.4.", "4.7.")):
        return Lane.DOMAIN
    return Lane.ROW


def is_temporary(reply: Reply) -> bool:
    """Whether another try makes sense. Too many recipients is 452, but 552 from old servers (5321, 4.5.3.1.10)."""
    if reply.stage is Stage.RCPT and reply.code == 552:
        return True
    return reply.code is None or reply.code < 500


def is_policy(reply: Reply) -> bool:
    """Whether the receiver objects to us and not to the address: 5.7.x (RFC 3463, section 3.8)."""
    return reply.code is not None and reply.code >= 500 and reply.enhanced.startswith("5.7.")


def is_too_big(reply: Reply) -> bool:
    """Whether the message is larger than the server takes; to SIZE= it says so at MAIL (RFC 1870, section 6.1)."""
    if reply.stage is Stage.RCPT or reply.code is None or reply.code < 500:
        return False
    return reply.enhanced in _TOO_BIG or (reply.code == 552 and not reply.enhanced)
