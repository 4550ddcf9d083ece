"""Leaving, suppression and erasure."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import (
    Reason,
    SubscriptionState,
    address_key,
    erase,
    parse_address,
    read_standing,
    resubscribe,
    suppress,
    unsubscribe,
)
from subscribers.models import Consent, Subscriber, Subscription, Suppression
from tests.subscribers.conftest import NOW, SECRET

KEY = address_key(parse_address("jane@example.org"), SECRET)


def test_leaving_twice_is_leaving_once(session: Session, jane: int) -> None:
    assert unsubscribe(session, jane, "weekly", via="one-click", now=NOW)
    assert not unsubscribe(session, jane, "weekly", via="one-click", now=NOW)
    assert list(session.scalars(select(Consent.act))) == ["vouched", "unsubscribed"]


def test_who_left_stands_as_unsubscribed(session: Session, jane: int) -> None:
    unsubscribe(session, jane, "weekly", via="one-click", now=NOW)
    standing = read_standing(session, jane, "weekly")
    assert standing
    assert standing.state == SubscriptionState.UNSUBSCRIBED


def test_a_leaving_that_was_not_her_wish_is_taken_back_once(session: Session, jane: int) -> None:
    assert not resubscribe(session, jane, "weekly", via="feedback", now=NOW)
    unsubscribe(session, jane, "weekly", via="feedback", now=NOW)
    assert resubscribe(session, jane, "weekly", via="feedback", now=NOW)
    standing = read_standing(session, jane, "weekly")
    assert standing
    assert standing.state == SubscriptionState.ACTIVE
    assert session.scalars(select(Subscription.left_at)).all() == [None]
    assert list(session.scalars(select(Consent.act))) == ["vouched", "unsubscribed", "restored"]


def test_a_stranger_cannot_leave(session: Session) -> None:
    assert not unsubscribe(session, 4711, "weekly", via="one-click", now=NOW)
    assert not list(session.scalars(select(Consent)))


def test_a_harder_reason_replaces_an_easier_one_but_not_the_other_way_round(session: Session) -> None:
    for reason in (Reason.HARD, Reason.COMPLAINT, Reason.ERASED):
        suppress(session, KEY, reason, via="feedback", now=NOW)
    assert session.scalar(select(Suppression.reason)) == Reason.COMPLAINT


def test_erasure_leaves_a_hash_and_consents_without_a_person(session: Session, jane: int) -> None:
    assert erase(session, jane, via="command line", now=NOW)
    assert session.scalars(select(Subscriber)).all() == []
    assert session.scalars(select(Subscription)).all() == []
    assert set(session.scalars(select(Consent.subscriber_id))) == {None}
    assert session.scalars(select(Suppression.address_key)).all() == [KEY]


def test_erasing_twice_is_erasing_once(session: Session, jane: int) -> None:
    assert erase(session, jane, via="command line", now=NOW)
    assert not erase(session, jane, via="command line", now=NOW)


def test_a_complaint_outlives_erasure(session: Session, jane: int) -> None:
    suppress(session, KEY, Reason.COMPLAINT, via="feedback", now=NOW)
    erase(session, jane, via="command line", now=NOW)
    assert session.scalar(select(Suppression.reason)) == Reason.COMPLAINT
