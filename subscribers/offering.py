"""Keeps what readers follow in step with the topics on offer."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers.models import Subscription
from subscribers.topics import join_topics, split_topics


def followed_topics(session: Session) -> set[str]:
    """Every topic that somebody follows by its slug."""
    chosen = session.scalars(select(Subscription.topics).distinct())
    return {slug for stored in chosen for slug in split_topics(stored) or ()}


def rename_topics(session: Session, renamed: Mapping[str, str]) -> None:
    """Move the followers of old slugs (keys) to new ones."""
    for stored in session.scalars(select(Subscription.topics).distinct()).all():
        topics = split_topics(stored)
        if topics and set(topics) & set(renamed):
            moved = join_topics([renamed.get(slug, slug) for slug in topics])
            session.execute(update(Subscription).where(Subscription.topics == stored).values(topics=moved))
