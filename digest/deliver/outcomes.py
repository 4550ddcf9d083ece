"""From a server's reply to what is written of it."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.deliver.retry import Decision, Uncertain, decide
from digest.types import Claimed, Clock, Finished, Reply


@dataclass(frozen=True, slots=True)
class Policy:
    """How long and how boldly to try."""

    give_up_after: timedelta = timedelta(days=4)
    """Since a delivery's first try (RFC 5321, section 4.5.4.1: four to five days)."""
    uncertain: Uncertain = "resend"
    soft_bounce: bool = False
    """Whether permanent refusals count as temporary, until `give_up_after`."""
    relay_pause: timedelta = timedelta(seconds=5)
    """After a relay's first trouble; it doubles up to 5 minutes."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Decides what becomes of deliveries."""

    policy: Policy
    clock: Clock

    def decide(self, claimed: Claimed, reply: Reply, another_relay: bool) -> Decision:
        """What a reply means for one delivery. `another_relay`: whether one is well that could take over."""
        return decide(
            reply,
            tries=claimed.tries,
            first_tried_at=claimed.first_tried_at,
            now=self.clock(),
            give_up_after=self.policy.give_up_after,
            uncertain=self.policy.uncertain,
            jitter=random.random(),  # noqa: S311 - spreads retries, hides nothing
            another_relay=another_relay,
            soft_bounce=self.policy.soft_bounce,
        )

    def finished(
        self, claimed: Claimed, reply: Reply, decision: Decision, relay: str, started_at: datetime
    ) -> Finished:
        """The outcome of one try, as the ledger takes it."""
        return Finished(
            delivery_id=claimed.delivery_id,
            state=decision.state,
            relay=relay,
            reply=reply,
            started_at=started_at,
            finished_at=self.clock(),
            next_try_at=decision.next_try_at,
            reason=decision.reason,
            counts=decision.counts,
        )
