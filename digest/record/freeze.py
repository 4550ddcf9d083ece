"""Fixes who gets an edition: one delivery per reader, and one `left_out` with its reason for each one passed over.

Repeatable: what is there already is left alone, so a freeze that was killed simply goes on.
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.blueprint import Blueprint
from digest.keys import Keys
from digest.models import BlueprintRow, DeliveryRow, DigestRow, EditionRow
from digest.record.keylines import key_line
from digest.record.readers import Reader
from digest.record.upsert import insert_missing
from digest.tokens import Link, sign_link
from digest.types import DigestKey, State


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest that is stored: which row it is, and which blueprint it sends."""

    id: int
    blueprint_id: int


def start(session: Session, edition: EditionRow, now: datetime) -> datetime:
    """Fix the Date of the edition's letters, once; return it."""
    if edition.frozen_at is None:
        edition.frozen_at = now
    return edition.frozen_at


def store_blueprint(session: Session, blueprint: Blueprint, now: datetime) -> int:
    """Store a blueprint under its own hash; the same one twice is one row."""
    body = blueprint.to_bytes()
    name = hashlib.sha256(body).hexdigest()
    session.execute(insert_missing(session, BlueprintRow), {"hash": name, "body": body, "created_at": now})
    return session.scalars(select(BlueprintRow.id).where(BlueprintRow.hash == name)).one()


def store_digest(
    session: Session,
    edition: EditionRow,
    key: DigestKey,
    article_ids: Sequence[int],
    blueprint: Blueprint,
    view: str,
    now: datetime,
) -> Digest:
    """Store a digest of an edition; another sender may have stored it meanwhile, then that one counts.

    `view` names its page in the browser.
    """
    blueprint_id = store_blueprint(session, blueprint, now)
    row = {"edition_id": edition.id, "key": key_line(key), "article_ids": list(article_ids)}
    session.execute(insert_missing(session, DigestRow), {**row, "blueprint_id": blueprint_id, "view": view})
    found = session.execute(
        select(DigestRow.id, DigestRow.blueprint_id).where(
            DigestRow.edition_id == edition.id, DigestRow.key == row["key"]
        )
    ).one()
    return Digest(found.id, found.blueprint_id)


def stored_digests(session: Session, edition: EditionRow) -> dict[str, Digest]:
    """The digests an edition has already, by the line of their key."""
    rows = session.scalars(select(DigestRow).where(DigestRow.edition_id == edition.id))
    return {row.key: Digest(row.id, row.blueprint_id) for row in rows}


def add_deliveries(
    session: Session,
    edition: EditionRow,
    readers: Sequence[Reader],
    digests: Mapping[int, Digest | str],
    keys: Keys,
    message_domain: str,
    now: datetime,
) -> None:
    """One row per reader. `digests` are by subscriber: what each gets, or the reason why she gets nothing."""
    rows = [_delivery(edition, reader, digests[reader.subscriber_id], keys, message_domain, now) for reader in readers]
    if rows:
        session.execute(insert_missing(session, DeliveryRow), rows)


def _delivery(
    edition: EditionRow, reader: Reader, found: Digest | str, keys: Keys, message_domain: str, now: datetime
) -> dict[str, object]:
    digest, left_out = (None, found) if isinstance(found, str) else (found, "")
    return {
        "edition_id": edition.id,
        "letter": "",
        "subscriber_id": reader.subscriber_id,
        "token": "",
        "digest_id": digest.id if digest else None,
        "blueprint_id": digest.blueprint_id if digest else None,
        "slots": None if left_out else slots_for(keys, Link(reader.subscriber_id, edition.newsletter), message_domain),
        "state": State.LEFT_OUT if left_out else State.QUEUED,
        "reason": left_out,
        "tries": 0,
        "resent": False,
        "created_at": now,
        "changed_at": now,
    }


def slots_for(keys: Keys, link: Link, message_domain: str) -> dict[str, str]:
    """What a letter's slots hold for one reader, for good: every try sends the same Message-ID and links."""
    return {
        "message_id": new_message_id(message_domain),
        "unsubscribe": sign_link(keys, "unsubscribe", link),
        "preferences": sign_link(keys, "preferences", link),
    }


def new_message_id(domain: str) -> str:
    """A Message-ID without its brackets (RFC 5322, section 3.6.4): 100 random bits on our own domain."""
    return f"{base64.b32encode(os.urandom(15))[:20].decode().lower()}@{domain}"


def finish(session: Session, edition: EditionRow) -> None:
    """All recipients are fixed: the edition is on its way."""
    if edition.state == "approved":
        edition.state = "sending"
