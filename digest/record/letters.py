"""Mail outside editions: to subscribers, staff, ops; proofs. It leaves through deliveries like everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, text, update
from sqlalchemy.orm import Session

from digest.models import DeliveryRow
from digest.record.claims import in_state
from digest.record.freeze import new_message_id
from digest.record.upsert import insert_missing
from digest.types import State
from subscribers import Mail
from subscribers.models import EVERY_TOPIC, Subscriber, Subscription


def queue(
    session: Session,
    letter: str,
    addresses: Sequence[str],
    *,
    token: str,
    blueprint_id: int,
    domain: str,
    now: datetime,
) -> None:
    """Queue one letter for each address; the same letter, address and token only once, however often asked for."""
    links = {"unsubscribe": "proof", "preferences": "proof"}
    rows = [
        _row(letter, token, links, domain, now) | {"address": address, "blueprint_id": blueprint_id}
        for address in addresses
    ]
    if rows:
        session.execute(insert_missing(session, DeliveryRow), rows)


def queue_mail(
    session: Session, mail: Mail, *, token: str, links: Mapping[str, str], domain: str, now: datetime
) -> None:
    """Queue a letter to a subscriber; the same letter of a newsletter with the same token only once.

    It is composed before it leaves. `links` are the tokens of its links (`digest.compose.letter.LINKS`); `domain` is
    that of the Message-ID.
    """
    row = _row(mail.letter, f"{mail.newsletter} {token}", links, domain, now)
    whom = {"subscriber_id": mail.subscriber_id, "newsletter": mail.newsletter, "address": mail.address or None}
    session.execute(insert_missing(session, DeliveryRow), row | whom)


def _row(letter: str, token: str, links: Mapping[str, str], domain: str, now: datetime) -> dict[str, object]:
    return {
        "letter": letter,
        "token": token,
        "slots": {"message_id": new_message_id(domain), **links},
        "state": State.QUEUED,
        "reason": "",
        "tries": 0,
        "resent": False,
        "created_at": now,
        "changed_at": now,
    }


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter to a subscriber that is not composed yet. `topics` None means every topic; `language` may be empty."""

    delivery_id: int
    letter: str
    newsletter: str
    topics: tuple[str, ...] | None
    language: str
    created_at: datetime


def waiting(session: Session, limit: int) -> list[Waiting]:
    """Up to `limit` letters to subscribers that are to be composed, oldest first."""
    rows = session.execute(
        select(
            DeliveryRow.id,
            DeliveryRow.letter,
            DeliveryRow.newsletter,
            Subscription.topics,
            Subscriber.language,
            DeliveryRow.created_at,
        )
        .outerjoin(Subscriber, Subscriber.id == DeliveryRow.subscriber_id)
        .outerjoin(
            Subscription,
            (Subscription.subscriber_id == Subscriber.id) & (Subscription.newsletter == DeliveryRow.newsletter),
        )
        .where(
            in_state(State.QUEUED),
            DeliveryRow.edition_id.is_(None),
            DeliveryRow.blueprint_id.is_(None),
            DeliveryRow.newsletter != "",
        )
        .order_by(DeliveryRow.id)
        .limit(limit)
    )
    return [
        Waiting(row.id, row.letter, row.newsletter, _slugs(row.topics), row.language or "", row.created_at)
        for row in rows
    ]


def _slugs(topics: str | None) -> tuple[str, ...] | None:
    return None if topics in (None, EVERY_TOPIC) else tuple(topics.split(";"))


def give_blueprint(session: Session, delivery_id: int, blueprint_id: int) -> None:
    """A letter is composed. Another process may have done it at the same moment; its blueprint stays then."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id, DeliveryRow.blueprint_id.is_(None))
        .values(blueprint_id=blueprint_id)
    )


def give_up(session: Session, delivery_id: int, reason: str, now: datetime) -> None:
    """A letter cannot be composed."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id, DeliveryRow.blueprint_id.is_(None))
        .values(state=State.FAILED, reason=reason, changed_at=now)
    )


def is_known(session: Session, letter: str, token: str) -> bool:
    """Whether this letter was ever queued for somebody."""
    # Spelled as in the partial index, without which every delivery would be looked at.
    in_index = text("letter <> ''")
    found = exists().where(in_index, DeliveryRow.letter == letter, DeliveryRow.token == token)
    return bool(session.scalar(select(found)))
