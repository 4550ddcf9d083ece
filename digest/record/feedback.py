"""Writes what came back, and does what follows from it, in the caller's one transaction.

Who it is about is said by a signed token alone: of the return path, of ENVID, or of a returned letter's own header.
Without one, what came is written down and nothing else happens.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import subscribers
from digest.feedback import Reason, Recipient, Report, Verdict
from digest.feedback.reasons import find_reason
from digest.keys import Keys
from digest.models import DeliveryRow, EditionRow, FeedbackRow
from digest.record.bounce_rules import Rules
from digest.record.upsert import dialect_insert
from digest.tokens import read_delivery, read_link
from digest.types import Finished, State
from subscribers.models import Consent, Subscriber, Subscription, SubscriptionState, Suppression
from subscribers.models import Reason as Suppressed

_VIA = "feedback"
_LATEST = 100
"""Deliveries looked back at: two years of a weekly letter."""
_SAY_NOTHING = frozenset(
    {
        Reason.AUTHENTICATION,
        Reason.SPAM,
        Reason.POLICY,
        Reason.BLOCKED,
        Reason.RATE,
        Reason.TOO_BIG,
        Reason.CONTENT,
        Reason.DELAYED,
    }
)
"""Soft reasons that are the sender's or the letter's own: however many, they never suppress a reader."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom a token names. A complaint may name her without the delivery."""

    person: Subscriber
    delivery: DeliveryRow
    newsletter: str
    """Empty for a letter to somebody else than a subscriber."""
    has_moved: bool = False
    """Whether she has another address since the letter was tried: what an old one says is not of the new one."""


@dataclass(slots=True)
class _Deed:
    """What was done, as it is written down."""

    done: str
    counts: bool = False
    suppressed: bool = False
    replaced: str = ""
    ended: str = ""


def key_of(raw: bytes) -> str:
    """What tells messages apart, whichever way they come: line ends and a copy's missing end make no difference."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def record(
    session: Session,
    report: Report,
    *,
    message: str,
    channel: str,
    keys: Keys,
    rules: Rules,
    now: datetime,
    verified: bool = False,
) -> str | None:
    """Write a report and do what follows; what was done, in words. None where the message was recorded before.

    `verified`: a provider has signed it, so that the address in it may say whom it is about.
    """
    subject = _find_subject(session, report, keys) or (_by_address(session, report, keys) if verified else None)
    return _write(session, report, subject, message=message, channel=channel, rules=rules, now=now)


def record_refusals(session: Session, refused: Sequence[Finished], rules: Rules, now: datetime) -> None:
    """Write what a server said of an address while we were still connected, and do what follows, as for a report."""
    for one in refused:
        delivery = session.get(DeliveryRow, one.delivery_id)
        if delivery is None or delivery.subscriber_id is None:
            continue
        subject = _subject(session, delivery)
        reply = one.reply
        words = f"{reply.code} {reply.enhanced} {reply.text}"
        finding = find_reason([words], status=reply.enhanced, stage="rcpt to")
        recipient = Recipient(subject.person.address, finding.status, finding.reason, words[:500])
        report = Report(recipient.verdict, (recipient,), recipient.evidence)
        message = f"smtp {one.delivery_id} {one.finished_at.isoformat()}"
        _write(session, report, subject, message=message, channel="smtp", rules=rules, now=now)


def _write(
    session: Session,
    report: Report,
    subject: _Subject | None,
    *,
    message: str,
    channel: str,
    rules: Rules,
    now: datetime,
) -> str | None:
    recipients = report.recipients or (Recipient(""),)
    about = _choose(recipients, subject) if subject else None
    said = ""
    for number, recipient in enumerate(recipients):
        values = {
            "message": message,
            "number": number,
            "channel": channel,
            "at": now,
            "verdict": recipient.verdict if report.verdict in (Verdict.HARD, Verdict.SOFT) else report.verdict,
            "address": recipient.address,
            "status": recipient.status,
            "reason": recipient.reason,
            "evidence": recipient.evidence or report.evidence,
            "done": "nothing: no valid token names a delivery" if subject is None else "nothing: another address",
            "counts": False,
            "suppressed": False,
            "replaced": "",
            "ended": "",
        }
        insert = dialect_insert(session, FeedbackRow).values(values).on_conflict_do_nothing()
        new = session.scalar(insert.returning(FeedbackRow.id))
        if new is None:
            return None
        if subject and number == about:
            row = session.get_one(FeedbackRow, new)
            row.delivery_id, row.subscriber_id = subject.delivery.id, subject.person.id
            deed = _do(session, row, subject, rules, now)
            row.done, row.counts, row.suppressed = deed.done, deed.counts, deed.suppressed
            row.replaced, row.ended = deed.replaced, deed.ended
            said = row.done
        said = said or str(values["done"])
    session.flush()
    return said


def _find_subject(session: Session, report: Report, keys: Keys) -> _Subject | None:
    for token in report.marks.deliveries:
        number = read_delivery(keys, token)
        delivery = session.get(DeliveryRow, number) if number is not None else None
        if delivery is not None and delivery.subscriber_id is not None:
            return _subject(session, delivery)
    if report.verdict in (Verdict.COMPLAINT, Verdict.UNSUBSCRIBE):
        return _by_link(session, report, keys)
    return None


def _by_link(session: Session, report: Report, keys: Keys) -> _Subject | None:
    """The delivery whose letter a complaint gives back: its link and its Message-ID must belong together.

    The link alone would not do: it is also in the letter's body, and so with everybody it was forwarded to.
    """
    for token in report.marks.links:
        link = read_link(keys, "unsubscribe", token)
        if link is None:
            continue
        hers = select(DeliveryRow).where(DeliveryRow.subscriber_id == link.subscriber_id)
        for delivery in session.scalars(hers.order_by(DeliveryRow.id.desc()).limit(_LATEST)):
            if report.marks.message_id and (delivery.slots or {}).get("message_id") == report.marks.message_id:
                return _subject(session, delivery)
    return None


def _by_address(session: Session, report: Report, keys: Keys) -> _Subject | None:
    """The delivery that a provider's report is about: by its Message-ID, else the newest that left to this address."""
    for recipient in report.recipients[:1]:
        try:
            key = subscribers.address_key(subscribers.parse_address(recipient.address), keys.address)
        except subscribers.AddressError:
            return None
        hers = select(DeliveryRow).join(Subscriber).where(Subscriber.address_key == key, DeliveryRow.tries > 0)
        deliveries = session.scalars(hers.order_by(DeliveryRow.id.desc()).limit(_LATEST)).all()
        named = (one for one in deliveries if (one.slots or {}).get("message_id") == report.marks.message_id)
        delivery = next(named, next(iter(deliveries), None))
        return _subject(session, delivery) if delivery else None
    return None


def _subject(session: Session, delivery: DeliveryRow) -> _Subject:
    edition = session.get(EditionRow, delivery.edition_id) if delivery.edition_id else None
    person = session.get_one(Subscriber, delivery.subscriber_id)
    moved = select(Consent.id).where(
        Consent.subscriber_id == person.id,
        Consent.act == "changed address",
        Consent.at > (delivery.first_tried_at or delivery.created_at),
    )
    has_moved = session.scalar(moved.limit(1)) is not None
    return _Subject(person, delivery, edition.newsletter if edition else delivery.newsletter, has_moved)


def _choose(recipients: Sequence[Recipient], subject: _Subject) -> int | None:
    """Which of the recipients is hers. A report on one only is about her, wherever her mail is forwarded to."""
    for number, recipient in enumerate(recipients):
        if recipient.address.casefold() == subject.person.address.casefold():
            return number
    return 0 if len(recipients) == 1 and not subject.has_moved else None


def _do(session: Session, row: FeedbackRow, subject: _Subject, rules: Rules, now: datetime) -> _Deed:
    match row.verdict:
        case Verdict.HARD | Verdict.SOFT:
            return _bounced(session, row, subject, rules, now)
        case Verdict.COMPLAINT:
            deed = _leave(session, subject, now)
            _suppress(session, deed, subject, Suppressed.COMPLAINT, now)
            return deed
        case Verdict.UNSUBSCRIBE:
            return _leave(session, subject, now)
    return _Deed("nothing")


def _bounced(session: Session, row: FeedbackRow, subject: _Subject, rules: Rules, now: datetime) -> _Deed:
    if row.reason == Reason.DELAYED:
        return _Deed("nothing: the relay still tries")
    if subject.delivery.state != State.FAILED:
        subject.delivery.bounced_at = subject.delivery.bounced_at or now
    if row.verdict == Verdict.HARD and not rules.soft_only:
        deed = _Deed("")
        _suppress(session, deed, subject, Suppressed.HARD, now)
        return deed
    if row.reason in _SAY_NOTHING:
        return _Deed(f"nothing: {row.reason} says nothing against the address")
    if subject.delivery.edition_id is None:
        return _Deed("nothing: only editions count")
    count = 1 + _bounces_before(session, subject, now - rules.within)
    deed = _Deed(f"counted: {count} of {rules.count}", counts=True)
    if count >= rules.count:
        _suppress(session, deed, subject, Suppressed.HARD, now)
    return deed


def _bounces_before(session: Session, subject: _Subject, since: datetime) -> int:
    """How many editions in a row before this one came back softly. One that arrived ends the row."""
    deliveries = session.execute(
        select(DeliveryRow.id, DeliveryRow.state, DeliveryRow.bounced_at)
        .where(
            DeliveryRow.subscriber_id == subject.person.id,
            DeliveryRow.edition_id.is_not(None),
            DeliveryRow.edition_id != subject.delivery.edition_id,
            DeliveryRow.id < subject.delivery.id,
            DeliveryRow.created_at >= since,
        )
        .order_by(DeliveryRow.id.desc())
        .limit(_LATEST)
    ).all()
    counting = select(FeedbackRow.delivery_id, FeedbackRow.suppressed).where(
        FeedbackRow.subscriber_id == subject.person.id, FeedbackRow.counts, FeedbackRow.undone_at.is_(None)
    )
    counted = dict(session.execute(counting).all())
    total = 0
    for delivery in deliveries:
        if counted.get(delivery.id):
            break  # She was suppressed then and let in again since: the count begins anew.
        if delivery.id in counted:
            total += 1
        elif delivery.state == "sent" and delivery.bounced_at is None:
            break
    return total


def _leave(session: Session, subject: _Subject, now: datetime) -> _Deed:
    left = [
        newsletter
        for newsletter in ([subject.newsletter] if subject.newsletter else _subscribed(session, subject.person.id))
        if subscribers.unsubscribe(session, subject.person.id, newsletter, via=_VIA, now=now)
    ]
    return _Deed(f"unsubscribed from {', '.join(left)}" if left else "nothing: she had left", ended=";".join(left))


def _subscribed(session: Session, subscriber_id: int) -> list[str]:
    hers = (Subscription.subscriber_id == subscriber_id) & (Subscription.state == SubscriptionState.ACTIVE)
    return list(session.scalars(select(Subscription.newsletter).where(hers)))


def _suppress(session: Session, deed: _Deed, subject: _Subject, reason: Suppressed, now: datetime) -> None:
    key = subject.person.address_key
    standing = session.scalar(select(Suppression.reason).where(Suppression.address_key == key))
    if standing is not None and list(Suppressed).index(Suppressed(standing)) >= list(Suppressed).index(reason):
        deed.done = "; ".join(filter(None, (deed.done, f"suppressed before: {standing}")))
        return
    subscribers.suppress(session, key, reason, via=_VIA, now=now)
    deed.suppressed, deed.replaced = True, standing or ""
    deed.done = "; ".join(filter(None, (deed.done, "suppressed")))


def undo(session: Session, number: int, now: datetime) -> str | None:
    """Take back what was done about one row, as far as it still stands; in words. None where there is no such row."""
    row = session.get(FeedbackRow, number)
    if row is None:
        return None
    if row.undone_at is not None:
        return "nothing: it was undone before"
    person = session.get(Subscriber, row.subscriber_id) if row.subscriber_id else None
    undone = _restore(session, row, person, now) if person else []
    delivery = session.get(DeliveryRow, row.delivery_id) if row.delivery_id else None
    if delivery is not None and not _others(session, row):
        delivery.bounced_at = None
    row.undone_at = now
    return ", ".join(undone) or "it counts no more"


def _restore(session: Session, row: FeedbackRow, person: Subscriber, now: datetime) -> list[str]:
    undone = []
    if row.suppressed and _stands(session, row, person):
        subscribers.release(session, person.address_key, via=_VIA, now=now)
        if row.replaced:
            subscribers.suppress(session, person.address_key, Suppressed(row.replaced), via=_VIA, now=now)
        undone.append("the address may be written to again" if not row.replaced else f"suppressed as {row.replaced}")
    back = [
        newsletter
        for newsletter in filter(None, row.ended.split(";"))
        if subscribers.resubscribe(session, person.id, newsletter, via=_VIA, now=now)
    ]
    return undone + [f"subscribed to {newsletter} again" for newsletter in back]


def _stands(session: Session, row: FeedbackRow, person: Subscriber) -> bool:
    """Whether what stands against her address is still what this row put there."""
    reason = Suppressed.COMPLAINT if row.verdict == Verdict.COMPLAINT else Suppressed.HARD
    standing = select(Suppression.reason).where(Suppression.address_key == person.address_key)
    return session.scalar(standing) == reason


def _others(session: Session, row: FeedbackRow) -> bool:
    """Whether another report says that the same delivery came back."""
    other = select(FeedbackRow.id).where(
        FeedbackRow.delivery_id == row.delivery_id,
        FeedbackRow.id != row.id,
        FeedbackRow.undone_at.is_(None),
        FeedbackRow.verdict.in_((Verdict.HARD, Verdict.SOFT)),
        FeedbackRow.reason != Reason.DELAYED,
    )
    return session.scalar(other.limit(1)) is not None


def listed(session: Session, *, subscriber_id: int | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """What came, the newest first."""
    names = (
        "id",
        "at",
        "channel",
        "verdict",
        "address",
        "status",
        "reason",
        "evidence",
        "delivery_id",
        "subscriber_id",
        "done",
        "undone_at",
    )
    query = select(*(getattr(FeedbackRow, name) for name in names)).order_by(FeedbackRow.id.desc()).limit(limit)
    if subscriber_id is not None:
        query = query.where(FeedbackRow.subscriber_id == subscriber_id)
    return [dict(row._mapping) for row in session.execute(query)]
