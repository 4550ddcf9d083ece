"""A database with one edition that is frozen and waits to be sent, made by SQL rather than by an import."""

from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement, String, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from bench.compose import content
from digest import wiring
from digest.blueprint import Blueprint
from digest.compose import Composer
from digest.config import load
from digest.database import Database
from digest.models import DeliveryRow, DigestRow, EditionRow
from digest.record import freeze
from digest.types import DigestKey, State
from subscribers.base import UTCDateTime
from subscribers.models import Subscriber, Subscription

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)

_TOKEN = "WzEsIndlZWtseSJd." + "a" * 27
VALUES = {"to": "reader@example.com", "message_id": "a" * 20 + "@example.org", "unsubscribe": _TOKEN}
VALUES["preferences"] = _TOKEN


def letter(size: int) -> Blueprint:
    """A composed digest, its longest piece cut at a line's end so that a filled letter has about `size` bytes."""
    topics = ("asia", "china", "nato")
    blueprint = Composer(content(max(1, size // 3000)), nonce="0123456789abcdef", date=NOW).compose(
        DigestKey(topics, None)
    )
    longest = max(blueprint.pieces, key=len)
    surplus = len(blueprint.fill(VALUES)) - size
    shorter = longest[: longest.rindex(b"\r\n", 0, len(longest) - surplus) + 2]
    pieces = tuple(shorter if piece is longest else piece for piece in blueprint.pieces)
    return Blueprint(pieces, blueprint.slots)


def write_config(folder: Path, port: int, connections: int) -> Path:
    """The configuration of a folder whose letters go to a port of loopback."""
    config = folder / "config.yaml"
    settings = {
        "site": {
            "name": "Bench",
            "url": "https://www.example.org",
            "timezone": "UTC",
            "postal_address": "1 Example Avenue",
        },
        "web": {"url": "https://letters.example.org"},
        "topics": [{"slug": "asia", "name": "Asia"}],
        "sources": [],
        "newsletters": {"weekly": {"name": "Bench", "from": "Bench <news@example.org>", "every": "wed 09:00"}},
        "sender": {"kind": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", "connections": connections},
    }
    config.write_text(yaml.safe_dump(settings))
    return config


def prepare(folder: Path, recipients: int, digests: int, size: int) -> None:
    """Make digest.db and the secrets in a folder: one edition in `sending`, spread evenly over so many digests."""
    database = wiring.initialise(load(write_config(folder, 25, 1)))
    with database.write() as session:
        _add_edition(session, digests, size)
        _add_readers(session, recipients)
        _add_deliveries(session, recipients, digests)
    _settle(database)


def _add_edition(session: Session, digests: int, size: int) -> None:
    edition = EditionRow(
        id=1,
        newsletter="weekly",
        slot="2026-01-07T09:00",
        state="sending",
        planned_at=NOW,
        cutoff_at=NOW,
        created_at=NOW,
        frozen_at=NOW,
    )
    session.add(edition)
    session.flush()
    blueprint = letter(size)
    for number in range(1, digests + 1):
        # The first header line tells them apart, so that each is a blueprint of its own.
        pieces = (b"X-Digest: %d\r\n" % number + blueprint.pieces[0], *blueprint.pieces[1:])
        stored = freeze.store_blueprint(session, Blueprint(pieces, blueprint.slots), NOW)
        session.add(DigestRow(id=number, edition_id=1, key=str(number), article_ids=[], blueprint_id=stored))
    session.flush()


def _add_readers(session: Session, recipients: int) -> None:
    n = _numbers(recipients)
    domain = _text("example", n % 50, ".org")
    now = literal(NOW, UTCDateTime)
    people = select(n, _text("reader", n, "@", domain), _text("key", n), domain, now)
    names = ["id", "address", "address_key", "domain", "created_at"]
    session.execute(insert(Subscriber).from_select(names, people))
    subscribed = select(n, literal("weekly"), literal("active"), now, now)
    names = ["subscriber_id", "newsletter", "state", "created_at", "confirmed_at"]
    session.execute(insert(Subscription).from_select(names, subscribed))


def _add_deliveries(session: Session, recipients: int, digests: int) -> None:
    n = _numbers(recipients)
    digest = (n - 1) * digests // recipients + 1
    slots = func.json_object(
        "message_id", _text("bench", n, "@example.org"), "unsubscribe", _TOKEN, "preferences", _TOKEN
    )
    now = literal(NOW, UTCDateTime)
    rows = select(literal(1), n, digest, digest, slots, literal(State.QUEUED.value), now, now)
    names = ["edition_id", "subscriber_id", "digest_id", "blueprint_id", "slots", "state", "created_at", "changed_at"]
    session.execute(insert(DeliveryRow).from_select(names, rows))


def _numbers(last: int) -> ColumnElement[int]:
    """1, 2, 3 … to the last, as a column."""
    count = select(literal(1).label("n")).cte("numbers", recursive=True)
    count = count.union_all(select(count.c.n + 1).where(count.c.n < last))
    return count.c.n


def _text(*parts: str | ColumnElement[Any]) -> ColumnElement[str]:
    """Strings and columns, one after the other."""
    columns = [literal(part) if isinstance(part, str) else cast(part, String) for part in parts]
    return reduce(lambda left, right: left.concat(right), columns)


def _settle(database: Database) -> None:
    """Let go of it; the last to leave brings what lies in the write-ahead log into the file."""
    database.close()
