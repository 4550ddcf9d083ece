"""Whose letter is looked at: that of every topic, of some topics, or of one subscriber."""

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from digest.compose import digest_key
from digest.desk import Desk, offered
from digest.errors import EditionError
from digest.models import DeliveryRow, DigestRow, EditionRow
from digest.record import editions
from digest.record.keylines import read_key_line
from digest.record.readers import Reader, past_editions, readers, reason_for_none
from digest.types import DigestKey, State
from subscribers import find, parse_address, read_standing


@dataclass(frozen=True, slots=True)
class Choice:
    """An edition, and whose letter of it. Without topics and subscriber: a reader of every topic."""

    edition: int
    topics: tuple[str, ...] = ()
    subscriber: str = ""

    def query(self, **more: str) -> str:
        """The choice as the query part of the page's address."""
        whose = {"subscriber": self.subscriber} if self.subscriber else {"topics": ",".join(self.topics)}
        return urlencode({name: value for name, value in {"edition": self.edition, **whose, **more}.items() if value})


@dataclass(frozen=True, slots=True)
class Found:
    """The digest such a reader gets; `key` is None where nothing is new to her. `remark` is about a subscriber."""

    key: DigestKey | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An edition as a list names it. `slot` is `2026-01-07T09:00` in the newsletter's own zone."""

    number: int
    newsletter: str
    slot: str
    state: str


def list_editions(desk: Desk) -> list[Listed]:
    """Every edition: those that can still be changed first, then the newest."""
    is_open = case((EditionRow.state.in_(("draft", "approved")), 0), else_=1)
    columns = EditionRow.id, EditionRow.newsletter, EditionRow.slot, EditionRow.state
    order = is_open, EditionRow.planned_at.desc(), EditionRow.id.desc()
    with desk.database.read() as session:
        return [Listed(*row) for row in session.execute(select(*columns).order_by(*order))]


def newest(desk: Desk) -> int | None:
    """The newest edition that can still be changed, else the newest; None where there is none."""
    return next((edition.number for edition in list_editions(desk)), None)


def choose(desk: Desk, secret: bytes, choice: Choice) -> Found:
    """Find the digest of a choice. `secret` is the key of the hash by which addresses are known.

    Raises EditionError for an edition, topic or subscriber that is not there, AddressError for what is no address.
    """
    if choice.subscriber:
        return _for_subscriber(desk, secret, choice)
    if not choice.topics:
        return Found(desk.digest_key(choice.edition))
    content = desk.content(choice.edition)
    if unknown := [slug for slug in choice.topics if slug not in offered(content)]:
        known = ", ".join(offered(content))
        raise EditionError(f"{content.newsletter} offers no topic {unknown[0]!r}; choose from: {known}")
    return Found(desk.digest_key(choice.edition, choice.topics))


def split_topics(text: str) -> tuple[str, ...]:
    """Slugs with commas between; each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def _for_subscriber(desk: Desk, secret: bytes, choice: Choice) -> Found:
    address = parse_address(choice.subscriber)
    with desk.database.read() as session:
        edition = editions.get(session, choice.edition)
        number = find(session, secret, address)
        standing = None if number is None else read_standing(session, number, edition.newsletter)
        if standing is None:
            raise EditionError(f"nobody with this address is on the list of {edition.newsletter}")
        delivery = _delivery(session, edition.id, standing.subscriber_id)
        if delivery is not None:
            return delivery
        reader = _reader(desk, session, edition, standing.subscriber_id)
        content = desk.content_of(session, edition)
    if reader is None:
        return Found(None, f"She gets nothing: {standing.state}.")
    key = digest_key(content, reader.follows(offered(content)), reader.since, reader.held, reader.language)
    why = reader.passed_over or reason_for_none(key)
    return Found(key if key.topics else None, f"She would get nothing: {why}." if why else "")


def _reader(desk: Desk, session: Session, edition: EditionRow, subscriber_id: int) -> Reader | None:
    plan = desk.plan(edition.newsletter)
    past = past_editions(session, edition, plan.max_age)
    first = readers(session, edition, past, desk.clock(), zone=plan.zone, after=subscriber_id - 1, limit=1)
    return next((reader for reader in first if reader.subscriber_id == subscriber_id), None)


def _delivery(session: Session, edition_id: int, subscriber_id: int) -> Found | None:
    """What was fixed for her when the edition's recipients were; None before that."""
    row = session.execute(
        select(DeliveryRow.state, DeliveryRow.reason, DigestRow.key)
        .outerjoin(DigestRow, DigestRow.id == DeliveryRow.digest_id)
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.subscriber_id == subscriber_id)
    ).one_or_none()
    if row is None:
        return None
    words = "left out" if row.state == State.LEFT_OUT else row.state
    remark = f"Her delivery is {words}{f': {row.reason}' if row.reason else ''}."
    return Found(None if row.key is None else read_key_line(row.key), remark)
