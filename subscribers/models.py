"""The tables of people: who subscribed to what, with what consent, and whom never to write to again."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.base import Base, UTCDateTime

EVERY_TOPIC = "*"
"""Stands for every topic on offer, those added later included."""


class SubscriptionState(StrEnum):
    """Where a subscription stands."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


class Reason(StrEnum):
    """Why an address is not written to, from the easiest to lift to the hardest; a harder one replaces an easier."""

    UNSUBSCRIBED = "unsubscribed"
    ERASED = "erased"
    HARD = "hard"
    BY_HAND = "by hand"
    COMPLAINT = "complaint"


LIFTED_BY_HERSELF = frozenset({Reason.UNSUBSCRIBED, Reason.ERASED, Reason.HARD})
"""What a reader's own confirmation lifts; the rest only ops can. An import or an operator's word lifts nothing."""


class Subscriber(Base):
    """A person with one address. `address_key` is the keyed hash that makes it unique, whatever its spelling."""

    __tablename__ = "subscribers"
    # Links in letters name subscribers: after an erasure nobody else may get the number.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    domain: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    paused_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Subscription(Base):
    """One reader of one newsletter. `topics` are slugs, sorted and joined by `;`, or `*` for all of them."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("newsletter", "subscriber_id"),
        # Freezing an edition groups its readers by topics: one index scan instead of a sort of every row.
        Index("ix_subscriptions_newsletter_state_topics", "newsletter", "state", "topics"),
        CheckConstraint("state IN ('pending', 'active', 'unsubscribed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    newsletter: Mapped[str]
    topics: Mapped[str] = mapped_column(default=EVERY_TOPIC)
    state: Mapped[str] = mapped_column(default=SubscriptionState.PENDING)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Set from when she left until she confirms anew, also while she is pending again: nobody else brings her back."""


class Consent(Base):
    """What was agreed to or withdrawn, when and where. Rows are only ever added; none holds an address."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id", ondelete="SET NULL"), index=True)
    newsletter: Mapped[str]
    act: Mapped[str]
    """`subscribed`, `confirmed`, `vouched`, `changed`, `paused`, `unsubscribed`, `suppressed`, `erased`."""
    via: Mapped[str]
    """Where it happened: `import list.csv`, `one-click`, `preferences page`, `command line`."""
    wording: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Suppression(Base):
    """An address not to write to, known only by its keyed hash."""

    __tablename__ = "suppressions"

    address_key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    """A `Reason`."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
