"""Gives subscribers out, as rows that an import takes in again with nothing lost."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.orm import Session

from subscribers.models import EVERY_TOPIC, Consent, Subscriber, Subscription, SubscriptionState, Suppression
from subscribers.topics import split_topics

EXPORTED = (
    "email", "name", "language", "newsletter", "state", "topics", "rhythm", "suppressed",
    "subscribed_at", "confirmed_at", "left_at", "suppressed_at", "paused_until", "consent_via", "consent_wording",
)  # fmt: skip
"""The columns of an export, each by the name that an import knows."""

_BATCH = 1000


def export(
    session: Session,
    *,
    newsletter: str | None = None,
    state: SubscriptionState | None = None,
    topic: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Every subscription, or those of a newsletter, in a state, to a topic (by its slug); streamed.

    Times are aware UTC; `topics` are slugs, or `*` for every topic, which any topic's followers include.
    """
    statement = (
        select(
            Subscriber.address.label("email"),
            Subscriber.name,
            Subscriber.language,
            Subscription.newsletter,
            Subscription.state,
            Subscription.topics,
            Subscription.rhythm,
            Suppression.reason.label("suppressed"),
            Subscription.created_at.label("subscribed_at"),
            Subscription.confirmed_at,
            Subscription.left_at,
            Suppression.at.label("suppressed_at"),
            Subscriber.paused_until,
            _consented(Consent.via).label("consent_via"),
            _consented(Consent.wording).label("consent_wording"),
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
        .order_by(Subscription.id)
    )
    if newsletter is not None:
        statement = statement.where(Subscription.newsletter == newsletter)
    if state is not None:
        statement = statement.where(Subscription.state == state)
    if topic is not None:
        statement = statement.where(_follows(topic))
    for row in session.execute(statement.execution_options(yield_per=_BATCH)):
        yield {**row._mapping, "topics": split_topics(row.topics) or EVERY_TOPIC}


def _consented(column: Any) -> Any:
    """Where she agreed, or to which words: her own word before an operator's, the latest of each."""
    return (
        select(column)
        .where(
            Consent.subscriber_id == Subscriber.id,
            Consent.newsletter == Subscription.newsletter,
            Consent.act.in_(("confirmed", "subscribed", "vouched")),
        )
        .order_by(Consent.act, Consent.at.desc(), Consent.id)
        .limit(1)
        .scalar_subquery()
    )


def _follows(topic: str) -> ColumnElement[bool]:
    stored = literal(";") + Subscription.topics + ";"
    return (Subscription.topics == EVERY_TOPIC) | stored.contains(f";{topic};", autoescape=True)
