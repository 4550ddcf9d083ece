"""Why somebody got what she got of an edition, or did not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.models import ArticleRow, DeliveryRow, DigestRow, EditionRow
from digest.record import contents, readers, reports
from digest.record.keylines import read_key_line
from digest.types import State
from subscribers.models import EVERY_TOPIC, Subscription
from subscribers.topics import split_topics

Row = dict[str, Any]

_NEWEST = 10
_WHY = {
    State.QUEUED: "it waits to be sent",
    State.CLAIMED: "it is about to be sent",
    State.SENDING: "it is being sent",
    State.SENT: "the mail server took it",
    State.DEFERRED: "the mail server put it off; it is tried again",
    State.FAILED: "the mail server refused it",
    State.UNCERTAIN: "it may have arrived: the line broke before the mail server's answer",
    State.LEFT_OUT: "she was passed over",
}


def explain(
    session: Session,
    subscriber_id: int,
    edition_id: int | None,
    *,
    bounds: Callable[[str], tuple[timedelta, tzinfo]],
    now: datetime,
) -> Iterator[Row]:
    """One row for an edition, or for each of the newest ones of her newsletters, newest first; times aware UTC.

    `bounds` gives a newsletter's `max_age` and zone by its key, for an edition whose readers are not fixed yet.
    """
    hers = select(Subscription.newsletter).where(Subscription.subscriber_id == subscriber_id)
    query = select(EditionRow).order_by(EditionRow.planned_at.desc(), EditionRow.id.desc()).limit(_NEWEST)
    query = query.where(EditionRow.newsletter.in_(hers) if edition_id is None else EditionRow.id == edition_id)
    for edition in session.scalars(query).all():
        follows = session.scalar(
            select(Subscription.topics).where(
                Subscription.subscriber_id == subscriber_id, Subscription.newsletter == edition.newsletter
            )
        )
        yield {
            "edition": edition.id,
            "newsletter": edition.newsletter,
            "slot": edition.slot,
            "edition_state": edition.state,
            "follows": None if follows is None else split_topics(follows) or EVERY_TOPIC,
            **_what_became(session, edition, subscriber_id, bounds, now),
            "until": edition.cutoff_at,
        }


def _what_became(
    session: Session,
    edition: EditionRow,
    subscriber_id: int,
    bounds: Callable[[str], tuple[timedelta, tzinfo]],
    now: datetime,
) -> Row:
    delivery = session.scalar(
        select(DeliveryRow).where(DeliveryRow.edition_id == edition.id, DeliveryRow.subscriber_id == subscriber_id)
    )
    if delivery is not None:
        return _delivered(session, edition, delivery)
    nothing: Row = {"state": None, "since": None, "digest": None, "articles": [], "attempts": []}
    if edition.state in ("draft", "approved"):
        max_age, zone = bounds(edition.newsletter)
        past = readers.past_editions(session, edition, max_age)
        found = readers.readers(session, edition, past, now, zone=zone, after=subscriber_id - 1, limit=1)
        if found and found[0].subscriber_id == subscriber_id:
            why = found[0].passed_over or "not sent yet; she gets it if it has news in her topics"
            return {**nothing, "why": why, "since": found[0].since}
        return {**nothing, "why": "not sent yet, and she is no reader of it"}
    if edition.frozen_at is None:
        return {**nothing, "why": f"nobody got it: the edition was {edition.state}"}
    return {**nothing, "why": "she was no reader of it when its recipients were fixed"}


def _delivered(session: Session, edition: EditionRow, delivery: DeliveryRow) -> Row:
    digest = session.get(DigestRow, delivery.digest_id) if delivery.digest_id else None
    return {
        "state": delivery.state,
        "why": delivery.reason or _WHY[State(delivery.state)],
        "sent_at": delivery.sent_at,
        "bounced_at": delivery.bounced_at,
        "since": read_key_line(digest.key).since if digest else None,
        "digest": digest.key if digest else None,
        "articles": _articles(session, edition, digest) if digest else [],
        "attempts": reports.attempts_of(session, [delivery.id]).get(delivery.id, []),
    }


def _articles(session: Session, edition: EditionRow, digest: DigestRow) -> list[Row]:
    """The articles of a digest with the topics they are there for, as the edition was sealed."""
    content = contents.unseal(edition.sealed) if edition.sealed else None
    sealed = {article.id: article for article in content.articles} if content else {}
    names = {topic.slug: topic.name for topic in content.topics} if content else {}
    followed = read_key_line(digest.key).topics
    first_seen = dict(
        session.execute(
            select(ArticleRow.id, ArticleRow.first_seen_at).where(ArticleRow.id.in_(digest.article_ids))
        ).all()
    )
    return [
        {
            "article": number,
            "title": sealed[number].title,
            "url": sealed[number].url,
            "because": [names.get(slug, slug) for slug in followed if slug in sealed[number].topics],
            "first_seen_at": first_seen.get(number, sealed[number].first_seen_at),
        }
        for number in digest.article_ids
        if number in sealed
    ]
