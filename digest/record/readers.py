"""Who is to get an edition, from where her window starts, and who is passed over and why."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, false, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from digest.models import DeliveryRow, DigestRow, EditionRow
from digest.record.contents import LOOKBACK
from digest.record.keylines import HELD, read_key_line
from digest.record.permission import reason_to_pass_over
from digest.types import DigestKey, State
from subscribers.models import (
    EVERY_TOPIC,
    Rhythm,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressedDomain,
    Suppression,
)

NOTHING_NEW = "nothing new in her topics"
TOO_LITTLE = "too little new in her topics"
"""Her window stays where it was: what there is comes in a later edition."""
HAD_HER_MONTH = "wants one letter a month, and has this month's"


@dataclass(frozen=True, slots=True)
class Reader:
    """One subscriber of a newsletter, as an edition sees her."""

    subscriber_id: int
    domain: str
    topics: str
    """Slugs joined by `;`, or `*`."""
    since: datetime | None
    passed_over: str
    """Why she gets nothing whatever the news; empty where she may get a letter."""
    held: tuple[int, ...] = ()
    """The ids of articles held back from her last letter, and from those before it."""
    language: str = ""
    """A tag (RFC 5646); empty: that of the newsletter."""

    def follows(self, offered: Sequence[str]) -> tuple[str, ...]:
        """Her topics among those on offer, in their order."""
        if self.topics == EVERY_TOPIC:
            return tuple(offered)
        chosen = set(self.topics.split(";"))
        return tuple(slug for slug in offered if slug in chosen)


@dataclass(frozen=True, slots=True)
class PastEditions:
    """When the newsletter's earlier editions fixed their recipients, and up to where each reached."""

    frozen_at: tuple[datetime, ...]
    cutoff_at: tuple[datetime, ...]
    first_window: datetime
    """Where the window starts for those who were there before the first edition."""
    held: Mapping[int, tuple[int, ...]]
    """The ids of the articles that each of their digests held back, by its number, where there were any."""

    def window_of_newcomer(self, joined_at: datetime) -> datetime:
        """A reader without a letter yet starts where the last edition before she joined ended."""
        place = bisect_right(self.frozen_at, joined_at)
        return self.cutoff_at[place - 1] if place else self.first_window


def past_editions(session: Session, edition: EditionRow, max_age: timedelta) -> PastEditions:
    """The editions of the same newsletter that had recipients before this one."""
    rows = session.execute(
        select(EditionRow.frozen_at, EditionRow.cutoff_at)
        .where(
            EditionRow.newsletter == edition.newsletter,
            EditionRow.id != edition.id,
            EditionRow.frozen_at.is_not(None),
            EditionRow.state.in_(("sending", "paused", "sent")),
        )
        .order_by(EditionRow.frozen_at)
    ).all()
    return PastEditions(
        tuple(row.frozen_at for row in rows),
        tuple(row.cutoff_at for row in rows),
        edition.cutoff_at - max_age,
        _held_back(session, edition),
    )


def _held_back(session: Session, edition: EditionRow) -> dict[int, tuple[int, ...]]:
    """What the digests of earlier editions held back. What is older than an edition reaches is given up."""
    rows = session.execute(
        select(DigestRow.id, DigestRow.key)
        .join(EditionRow, EditionRow.id == DigestRow.edition_id)
        .where(
            EditionRow.newsletter == edition.newsletter,
            EditionRow.id != edition.id,
            EditionRow.cutoff_at > edition.cutoff_at - LOOKBACK,
            DigestRow.key.contains(HELD),
        )
    )
    return {row.id: read_key_line(row.key).held for row in rows}


def readers(
    session: Session,
    edition: EditionRow,
    past: PastEditions,
    now: datetime,
    *,
    zone: tzinfo,
    after: int = 0,
    limit: int = 2000,
) -> list[Reader]:
    """The next subscribers, by number, that have no delivery of this edition yet. `zone` is the newsletter's own."""
    last_reached = (
        select(func.max(EditionRow.cutoff_at))
        .join(DeliveryRow, DeliveryRow.edition_id == EditionRow.id)
        .where(
            DeliveryRow.subscriber_id == Subscriber.id,
            EditionRow.newsletter == edition.newsletter,
            EditionRow.id != edition.id,
            or_(
                and_(DeliveryRow.state == State.SENT, DeliveryRow.bounced_at.is_(None)),
                and_(DeliveryRow.state == State.LEFT_OUT, DeliveryRow.reason == NOTHING_NEW),
            ),
        )
        .scalar_subquery()
    )
    has_delivery = exists().where(DeliveryRow.subscriber_id == Subscriber.id, DeliveryRow.edition_id == edition.id)
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = session.execute(
        select(
            Subscriber.id,
            Subscriber.domain,
            Subscriber.created_at,
            Subscriber.paused_until,
            Subscriber.language,
            Subscription.topics,
            Subscription.state,
            Subscription.confirmed_at,
            func.coalesce(Suppression.reason, SuppressedDomain.reason).label("suppression"),
            last_reached.label("last_reached"),
            # Asked for only where something was held back at all: it costs as much as the rest of a reader.
            (_last_digest(edition) if past.held else null()).label("last_digest"),
            case((Subscription.rhythm == Rhythm.MONTHLY, _had_letter_since(edition, month)), else_=false()).label(
                "had_her_month"
            ),
        )
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
        .outerjoin(SuppressedDomain, SuppressedDomain.domain == Subscriber.domain)
        .where(
            Subscription.newsletter == edition.newsletter,
            Subscription.state != SubscriptionState.UNSUBSCRIBED,
            Subscriber.id > after,
            ~has_delivery,
        )
        .order_by(Subscriber.id)
        .limit(limit)
    )
    return [
        Reader(
            row.id,
            row.domain,
            row.topics,
            row.last_reached or past.window_of_newcomer(max(row.created_at, row.confirmed_at or row.created_at)),
            reason_to_pass_over(row.state, row.paused_until, row.suppression, now)
            or (HAD_HER_MONTH if row.had_her_month else ""),
            past.held.get(row.last_digest, ()),
            row.language,
        )
        for row in rows
    ]


def _last_digest(edition: EditionRow) -> ScalarSelect[int | None]:
    """The number of the last digest of the newsletter that a reader got."""
    return (
        select(DeliveryRow.digest_id)
        .join(EditionRow, EditionRow.id == DeliveryRow.edition_id)
        .where(
            DeliveryRow.subscriber_id == Subscriber.id,
            EditionRow.newsletter == edition.newsletter,
            EditionRow.id != edition.id,
            DeliveryRow.state == State.SENT,
            DeliveryRow.bounced_at.is_(None),
        )
        .order_by(EditionRow.cutoff_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def reason_for_none(key: DigestKey) -> str:
    """Why a reader whom nothing else passes over gets no letter; empty where she gets one."""
    if key.topics:
        return ""
    return TOO_LITTLE if key.held else NOTHING_NEW


def _had_letter_since(edition: EditionRow, month: datetime) -> ColumnElement[bool]:
    """That a reader has had a letter of this newsletter since then, or may have, or is about to."""
    other = aliased(EditionRow)
    return (
        exists()
        .where(
            DeliveryRow.subscriber_id == Subscriber.id,
            DeliveryRow.edition_id == other.id,
            other.newsletter == edition.newsletter,
            other.id != edition.id,
            DeliveryRow.state.not_in((State.LEFT_OUT, State.FAILED)),
            DeliveryRow.bounced_at.is_(None),
            func.coalesce(DeliveryRow.sent_at, DeliveryRow.changed_at) >= month,
        )
        .correlate(Subscriber)
    )
