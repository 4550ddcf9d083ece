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


class Rhythm(StrEnum):
    """How often a reader gets a newsletter: every edition, or at most one letter in a calendar month of its zone."""

    EVERY = "every"
    MONTHLY = "monthly"


class Reason(StrEnum):
    """Why an address is not written to, from the easiest to lift to the hardest; a harder one replaces an easier."""

    UNSUBSCRIBED = "unsubscribed"
    ERASED = "erased"
    HARD = "hard"
    BY_HAND = "by hand"
    COMPLAINT = "complaint"


LIFTED_BY_HERSELF = frozenset({Reason.UNSUBSCRIBED, Reason.ERASED, Reason.HARD})
"""What a reader's own confirmation lifts; the rest only ops can. An import or an operator's word lifts nothing."""


LIFTED_BY_OPS = frozenset({Reason.HARD, Reason.BY_HAND, Reason.COMPLAINT})
"""What ops can lift; that she left or was erased was her own wish."""


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
    language: Mapped[str] = mapped_column(default="")
    """A tag like `en` (RFC 5646); empty: that of each newsletter."""
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
    rhythm: Mapped[str] = mapped_column(default=Rhythm.EVERY, server_default="every")
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
    """`subscribed`, `confirmed`, `vouched`, `imported`, `changed`, `paused`, `resumed`, `unsubscribed`, `restored`,
    `suppressed`, `released`, `refused`, `changed address`, `erased`."""
    via: Mapped[str]
    """Where it happened: `import list.csv`, `one-click`, `preferences page`, `command line`."""
    wording: Mapped[str] = mapped_column(default="")
    network: Mapped[str] = mapped_column(default="", server_default="")
    """From where: the keyed hash of her network (see `network_key`); empty where it is not known."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Confirmation(Base):
    """A letter that asked somebody to confirm, and got no answer yet. Limits on sign-ups count these rows."""

    __tablename__ = "confirmations"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_key: Mapped[str] = mapped_column(index=True)
    newsletter: Mapped[str]
    domain: Mapped[str] = mapped_column(index=True)
    network: Mapped[str] = mapped_column(index=True)
    """As in `consents`: where the request came from."""
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    refused: Mapped[bool] = mapped_column(default=False)
    """She answered that it was not she: nobody asks this address again. Such a row stays."""


class Suppression(Base):
    """An address not to write to, known only by its keyed hash."""

    __tablename__ = "suppressions"

    address_key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    """A `Reason`."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class SuppressedDomain(Base):
    """A domain not to write to, as lower-case A-labels; its subdomains are others."""

    __tablename__ = "suppressed_domains"

    domain: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    """A `Reason`."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
