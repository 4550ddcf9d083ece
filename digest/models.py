"""The tables of what happens. State lives here and can be read with plain SQL; what is set up lives in config.yaml."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.base import Base, UTCDateTime


def _index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


class FactRow(Base):
    """Single facts about this database, such as the check value of the secrets it was made with."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class AuditRow(Base):
    """What a person changed, and when. Rows are only ever added; none holds a reader's address."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    who: Mapped[str]
    """The name of an account: of the system, for what is done by command line."""
    what: Mapped[str]
    """The command: `approve`, `subscribers erase`."""
    about: Mapped[str] = mapped_column(default="")
    """`edition 7`, `subscriber 12`."""


# ── collecting ──────────────────────────────────────────────────────────────────────────────────────────────────────


class SourceRow(Base):
    """How a source is doing. The row appears with the first visit."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(default="", server_default="")
    """Where all of this was learnt; empty: nobody noted it."""
    etag: Mapped[str] = mapped_column(default="")
    last_modified: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_new_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    """Visits that failed since the last one that did not."""
    error: Mapped[str] = mapped_column(default="")
    problems: Mapped[list[str]] = mapped_column(JSON, default=list)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when the clock asks it no more, because it is gone."""
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the clock asks it again."""
    wait_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Until when its server wants to be left alone (Retry-After)."""
    moved_to: Mapped[str] = mapped_column(default="", server_default="")
    """Where its address has moved for good; empty: it has not."""
    newest_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its newest article was published."""
    per_day: Mapped[float | None]
    """How many articles a day are usual; None: too few to say."""
    days_apart: Mapped[float | None]
    """How many days usually lie between two on which it publishes."""


class ArticleRow(Base):
    """An article, whichever sources it came from. `link` is the canonical form of `url` and tells articles apart."""

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    link: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    outlet: Mapped[str] = mapped_column(default="")
    outlet_url: Mapped[str] = mapped_column(default="")
    outlet_link: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The canonical form of `outlet_url`, where that leads to one piece: what a source of the outlet knows it by."""
    people: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    excerpt: Mapped[str] = mapped_column(default="")
    image_url: Mapped[str] = mapped_column(default="")
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    language: Mapped[str] = mapped_column(default="", server_default="")
    """As the source declares it: `en`, `pt-BR`; empty: it does not."""
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    corrected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the source last changed what a reader sees of it: title, kind, people, outlet, excerpt."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    archived: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it was old news when its source was first read, and so enters no letter."""


class EventRow(Base):
    """An event. `link` is the canonical form of `url` and tells events apart."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    link: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    zone: Mapped[str] = mapped_column(default="UTC")
    mode: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    excerpt: Mapped[str] = mapped_column(default="")
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SightingRow(Base):
    """Which source calls which article or event what: the same piece may be seen at several places."""

    __tablename__ = "sightings"
    __table_args__ = (CheckConstraint("(article_id IS NULL) <> (event_id IS NULL)", name="one_thing"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int | None] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    url: Mapped[str] = mapped_column(default="", server_default="")
    """Where this source has it."""


# ── editions ────────────────────────────────────────────────────────────────────────────────────────────────────────


class EditionRow(Base):
    """One run of a newsletter. `slot` is its local wall time without an offset, so that autumn's hour comes once."""

    __tablename__ = "editions"
    __table_args__ = (
        UniqueConstraint("newsletter", "slot"),
        CheckConstraint(
            "state IN ('draft', 'approved', 'sending', 'paused', 'sent', 'skipped', 'cancelled')", name="state"
        ),
        _index_where("uq_editions_one_draft", "newsletter", where="state = 'draft'", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter: Mapped[str]
    slot: Mapped[str]
    """`2026-01-07T09:00` in the newsletter's own zone."""
    state: Mapped[str] = mapped_column(default="draft")
    reason: Mapped[str] = mapped_column(default="")
    planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    cutoff_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """It covers what was first seen up to and including this moment."""
    edits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What staff changed: subject, intro, lead, hidden, order. They survive a fresh draft."""
    sealed: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The content that was approved, whole; NULL while it is a draft."""
    nonce: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by: Mapped[str] = mapped_column(default="")
    frozen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its recipients were fixed; also the Date of its letters."""
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OverrideRow(Base):
    """An error of the gate that a person has overridden: the edition may go out in spite of it."""

    __tablename__ = "overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str]
    place: Mapped[str]
    problem: Mapped[str]
    """The three as `digest check` words them."""
    overridden_at: Mapped[datetime] = mapped_column(UTCDateTime)
    overridden_by: Mapped[str]
    why: Mapped[str]


class BlueprintRow(Base):
    """A finished message with slots, compressed and known by its hash. See digest/blueprint.py for the form."""

    __tablename__ = "blueprints"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DigestRow(Base):
    """What readers with the same key get of an edition."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    key: Mapped[str]
    """The topics, the start of the window, the language and what was held back, in one line: record/keylines.py."""
    article_ids: Mapped[list[int]] = mapped_column(JSON)
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("blueprints.id"))
    view: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """Names it in the address of its page in the browser, and cannot be guessed."""


# ── deliveries ──────────────────────────────────────────────────────────────────────────────────────────────────────


class SenderRow(Base):
    """A running sender and how long it may be trusted to be alive. Times are the database's own clock, in seconds."""

    __tablename__ = "senders"
    # SQLite would give a new sender the number of the last one, and a frozen one could act in its name.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    pid_started: Mapped[str]
    """When the process began, as the kernel counts: a pid alone may be used again."""
    lease_until: Mapped[float]


class DeliveryRow(Base):
    """One mail to one address: of an edition once per subscriber; a letter once per kind, recipient and token."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("edition_id", "subscriber_id"),
        _index_where(
            "uq_deliveries_letter_subscriber", "letter", "subscriber_id", "token", where="letter <> ''", unique=True
        ),
        _index_where("uq_deliveries_letter_address", "letter", "address", "token", where="letter <> ''", unique=True),
        # Every letter changes its state three times, so indexes hold only the states that somebody looks for.
        # Claiming walks an edition's part of the first digest by digest, and of the second by time. The state at the
        # end of the first lets SQLite count a million from the index alone.
        _index_where("ix_deliveries_due", "edition_id", "blueprint_id", "id", "state", where="state = 'queued'"),
        # Written as an OR because SQLite then sees that state = 'deferred' alone may use it.
        _index_where(
            "ix_deliveries_again",
            "edition_id",
            "state",
            "next_try_at",
            where="state = 'deferred' OR state = 'uncertain'",
        ),
        _index_where("ix_deliveries_sender_id", "sender_id", where="sender_id IS NOT NULL"),
        # Where a reader's window starts is asked per reader at every freeze.
        Index("ix_deliveries_subscriber", "subscriber_id", "edition_id"),
        CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'uncertain', 'left_out')",
            name="state",
        ),
        # Return paths name deliveries for months: no number may come twice.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    letter: Mapped[str] = mapped_column(default="")
    """The kind of letter outside editions (`proof`, `draft-ready`); empty for a digest."""
    newsletter: Mapped[str] = mapped_column(default="", server_default="")
    """Which newsletter a letter to a subscriber speaks of; empty for a digest and for letters to others."""
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id", ondelete="SET NULL"))
    address: Mapped[str | None]
    """Only where it goes to no subscriber: a member of staff, a proof. A subscriber's is read when it is claimed."""
    token: Mapped[str] = mapped_column(default="")
    blueprint_id: Mapped[int | None] = mapped_column(ForeignKey("blueprints.id"), index=True)
    """NULL while a letter to a subscriber is not composed yet, and when it is no longer kept."""
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digests.id", ondelete="SET NULL"), index=True)
    slots: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """The values of its slots that never change again: Message-ID and web tokens."""
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resent: Mapped[bool] = mapped_column(default=False)
    """Whether it was uncertain once and has been sent again."""
    sender_id: Mapped[int | None]
    """Who holds it, while it is claimed or sending."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    bounced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DeliveryCountRow(Base):
    """How many deliveries of an edition ended how, of those whose rows are gone (see `retention.deliveries`)."""

    __tablename__ = "delivery_counts"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class AttemptRow(Base):
    """One try of one delivery, with the server's own words."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
    relay: Mapped[str]
    stage: Mapped[str]
    code: Mapped[int | None]
    enhanced: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime] = mapped_column(UTCDateTime)


class FeedbackRow(Base):
    """What came back about one recipient: one row for each that a message speaks of, or one where it names none."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("message", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]
    """A hash of the message, or the provider's number of the event: one that is read twice counts once."""
    number: Mapped[int]
    """Of the recipient within the message, from 0."""
    channel: Mapped[str]
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    verdict: Mapped[str]
    address: Mapped[str]
    """As the report names it; empty where it hides it, or after an erasure."""
    status: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[str]
    """The line that decided, as it came; empty after an erasure."""
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id", ondelete="SET NULL"), index=True)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id", ondelete="SET NULL"), index=True)
    """Whom a valid token named; NULL: nobody, so that nothing was done."""
    done: Mapped[str]
    """What was done about it, in words."""
    counts: Mapped[bool] = mapped_column(default=False)
    """Whether it is one of the soft bounces that add up."""
    suppressed: Mapped[bool] = mapped_column(default=False)
    """Whether the address has been suppressed because of it."""
    replaced: Mapped[str] = mapped_column(default="")
    """The easier reason that stood against the address before."""
    ended: Mapped[str] = mapped_column(default="")
    """The newsletters that ended because of it, joined by `;`."""
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LaneRow(Base):
    """A lane that rests: `domain:example.com` or `relay:host:port`."""

    __tablename__ = "lanes"

    name: Mapped[str] = mapped_column(primary_key=True)
    resting_until: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(default="")


class PaceRow(Base):
    """How far letters to a lane are planned, so that they keep its rate. Times are the database's clock, in seconds."""

    __tablename__ = "paces"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[float]
    """When the next letter may begin."""
    later_at: Mapped[float]
    """Up to when letters have been put off."""
