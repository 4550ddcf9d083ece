"""Signing up by a form that anybody can send: she asks, and only the link in a letter to her makes it count.

Whoever fills the form learns nothing from it: the page answers the same for everybody.
"""

import hmac
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from subscribers.address import Address, address_key
from subscribers.errors import RefusedError
from subscribers.joining import subscribe
from subscribers.limits import OPEN_FOR, count_asked, may_ask
from subscribers.mail import Mail
from subscribers.models import Confirmation, Subscriber, Subscription, SubscriptionState
from subscribers.statements import load_subscription, note_consent, require_domain, suppression_reason


@dataclass(frozen=True, slots=True)
class SignUp:
    """A filled form. `topics` None means every topic; `via` names the form; `wording` is what stood beside its button.

    `network` is where it came from, see `network_key`; empty where that is not known.
    """

    address: Address
    newsletter: str
    topics: Collection[str] | None
    via: str
    wording: str
    network: str = ""


def network_key(secret: bytes, ip: str) -> str:
    """The keyed hash of the network of an address: its /24 (IPv4) or /64 (IPv6). Empty for what is no address."""
    try:
        found = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    address = mapped or found
    network = ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False)
    return hmac.digest(secret, f"network {network}".encode(), "sha256").hex()[:32]


def sign_up(session: Session, secret: bytes, form: SignUp, *, now: datetime) -> Mail | None:
    """Keep a person as pending and give the letter she must get: to confirm by, or with a link where she is a reader.

    None where nothing may be sent: too much was asked already, she said it was not she, or she is not written to. Then
    nothing was stored either.
    """
    key = address_key(form.address, secret)
    asked = count_asked(session, key, form.newsletter, form.address.domain, form.network, now)
    if not may_ask(asked):
        return None
    try:
        subscriber_id = subscribe(
            session,
            secret,
            address=form.address,
            newsletter=form.newsletter,
            topics=form.topics,
            via=form.via,
            wording=form.wording,
            network=form.network,
            now=now,
        )
    except RefusedError:
        return None
    _note_asked(session, key, form.newsletter, form.address.domain, form.network, now)
    subscription = load_subscription(session, subscriber_id, form.newsletter)
    is_active = subscription is not None and subscription.state == SubscriptionState.ACTIVE
    # Where mail to a reader bounced, only her confirming anew lifts that.
    is_reader = is_active and suppression_reason(session, key) is None
    return Mail("preferences-link" if is_reader else "confirm", subscriber_id, form.newsletter)


def ask_new_address(
    session: Session,
    secret: bytes,
    subscriber_id: int,
    newsletter: str,
    address: Address,
    *,
    network: str = "",
    now: datetime,
) -> Mail | None:
    """Give the letter to a new address of hers by which she shows that it is hers; None where nothing may be sent."""
    key = address_key(address, secret)
    if not may_ask(count_asked(session, key, newsletter, address.domain, network, now)):
        return None
    if suppression_reason(session, key):
        return None
    try:
        require_domain(session, address.domain)
    except RefusedError:
        return None
    _note_asked(session, key, newsletter, address.domain, network, now)
    return Mail("new-address", subscriber_id, newsletter, str(address))


def _note_asked(session: Session, key: str, newsletter: str, domain: str, network: str, now: datetime) -> None:
    session.add(
        Confirmation(address_key=key, newsletter=newsletter, domain=domain, network=network, at=now, refused=False)
    )


def refuse(session: Session, subscriber_id: int, newsletter: str, *, now: datetime) -> bool:
    """She answers that it was not she who signed up: nobody asks this address again. False where she is not pending.

    Who is known for nothing else is forgotten; only the keyed hash of her address stays.
    """
    subscription = load_subscription(session, subscriber_id, newsletter)
    person = session.get(Subscriber, subscriber_id)
    if subscription is None or person is None or subscription.state != SubscriptionState.PENDING:
        return False
    session.execute(
        update(Confirmation).where(Confirmation.address_key == person.address_key).values(refused=True, network="")
    )
    note_consent(session, subscriber_id, newsletter, "refused", via="confirmation page", now=now)
    _drop_pending(session, [subscription])
    return True


def forget_unanswered(session: Session, now: datetime, limit: int) -> int:
    """Forget up to `limit` sign-ups that nobody confirmed in `OPEN_FOR`, with the people known for nothing else."""
    old = session.scalars(
        select(Confirmation).where(Confirmation.at <= now - OPEN_FOR, Confirmation.refused.is_(False)).limit(limit)
    ).all()
    for confirmation in old:
        pending = session.scalars(
            select(Subscription)
            .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
            .where(
                Subscriber.address_key == confirmation.address_key,
                Subscription.newsletter == confirmation.newsletter,
                Subscription.state == SubscriptionState.PENDING,
                Subscription.created_at <= now - OPEN_FOR,
            )
        ).all()
        _drop_pending(session, pending)
        session.delete(confirmation)
    return len(old)


def _drop_pending(session: Session, pending: Collection[Subscription]) -> None:
    """Delete pending subscriptions, and people who have no other. Who had left before is left as she was then."""
    for subscription in pending:
        if subscription.left_at:
            subscription.state = SubscriptionState.UNSUBSCRIBED
            continue
        person = subscription.subscriber_id
        session.delete(subscription)
        session.flush()
        others = select(Subscription.id).where(Subscription.subscriber_id == person)
        session.execute(delete(Subscriber).where(Subscriber.id == person, ~others.exists()))
