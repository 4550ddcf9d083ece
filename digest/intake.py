"""Takes in what came back: reads a channel, finds the verdict, records it, and only then lets go of the message."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy.orm import Session

from digest.database import Database
from digest.errors import ChannelError
from digest.feedback import Report, classify
from digest.feedback.channels import Channel
from digest.feedback.reading import MAX_BYTES
from digest.feedback.webhooks import Event
from digest.keys import Keys
from digest.record import feedback
from digest.record.bounce_rules import Rules
from digest.types import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything that a message needs to be recorded."""

    database: Database
    keys: Keys
    clock: Clock
    rules: Rules

    def take(self, raw: bytes, channel: str) -> Report:
        """Record one message; it is committed when this returns."""
        raw = raw[:MAX_BYTES]
        report = classify(raw)
        with self.database.write() as session:
            self._record(session, report, feedback.key_of(raw), channel, verified=False)
        return report

    def take_events(self, events: Sequence[Event], channel: str) -> None:
        """Record what a provider reported, all or nothing; it is committed when this returns.

        The provider's signature has been checked, so the address in an event says whom it is about.
        """
        if not events:
            return
        with self.database.write() as session:
            for event in events:
                self._record(session, event.report, f"{channel} {event.key}", channel, verified=True)

    def _record(self, session: Session, report: Report, key: str, channel: str, *, verified: bool) -> None:
        feedback.record(
            session,
            report,
            message=key,
            channel=channel,
            keys=self.keys,
            rules=self.rules,
            now=self.clock(),
            verified=verified,
        )

    def read(self, channels: Iterable[Channel]) -> Counter[str]:
        """Read every channel to its end; how many messages had which verdict.

        A channel lets go of a message when it is asked for the next one, which is after its commit. A channel in
        trouble does not stop the others; its ChannelError is raised at the end.
        """
        counts: Counter[str] = Counter()
        troubles: list[ChannelError] = []
        for channel in channels:
            try:
                with closing(channel.messages()) as messages:
                    for raw in messages:
                        counts[self.take(raw, channel.kind).verdict] += 1
            except ChannelError as error:
                troubles.append(error)
        if troubles:
            raise ChannelError("; ".join(map(str, troubles)))
        return counts
