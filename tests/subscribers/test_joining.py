"""Who gets in, in which state, and who can bring back somebody that left."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import (
    Reason,
    RefusedError,
    SubscriptionState,
    address_key,
    confirm,
    erase,
    find,
    parse_address,
    read_standing,
    subscribe,
    suppress,
    unsubscribe,
)
from subscribers.models import Consent
from tests.subscribers.conftest import NOW, SECRET

JANE = parse_address("jane@example.org")


def ask(session: Session, *, confirmed: bool = False, topics: list[str] | None = None) -> int:
    return subscribe(
        session, SECRET, address=JANE, newsletter="weekly", topics=topics, via="test", confirmed=confirmed, now=NOW
    )


def state(session: Session, subscriber_id: int) -> str:
    standing = read_standing(session, subscriber_id, "weekly")
    assert standing
    return standing.state


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(Consent.act).order_by(Consent.id)))


def leave(session: Session, subscriber_id: int) -> None:
    unsubscribe(session, subscriber_id, "weekly", via="test", now=NOW)


def forget(session: Session, subscriber_id: int) -> None:
    erase(session, subscriber_id, via="test", now=NOW)


def suppressed_for(reason: Reason) -> Callable[[Session, int], None]:
    def act(session: Session, subscriber_id: int) -> None:
        suppress(session, address_key(JANE, SECRET), reason, via="test", now=NOW)

    return act


def test_who_asks_is_pending_until_she_confirms(session: Session) -> None:
    subscriber_id = ask(session)
    assert state(session, subscriber_id) == SubscriptionState.PENDING
    assert confirm(session, subscriber_id, "weekly", via="link", now=NOW)
    assert state(session, subscriber_id) == SubscriptionState.ACTIVE
    assert acts(session) == ["subscribed", "confirmed"]


def test_an_operator_who_vouches_makes_her_active_and_the_record_says_so(session: Session) -> None:
    assert state(session, ask(session, confirmed=True)) == SubscriptionState.ACTIVE
    assert acts(session) == ["vouched"]


def test_a_stranger_who_types_her_address_changes_nothing_of_an_active_subscription(
    session: Session, jane: int
) -> None:
    before = read_standing(session, jane, "weekly")
    assert ask(session, topics=["syria"]) == jane
    assert read_standing(session, jane, "weekly") == before


def test_another_spelling_is_the_same_person(session: Session, jane: int) -> None:
    assert find(session, SECRET, parse_address("JANE@EXAMPLE.org")) == jane


def test_confirming_twice_changes_nothing_the_second_time(session: Session) -> None:
    subscriber_id = ask(session)
    assert confirm(session, subscriber_id, "weekly", via="link", now=NOW)
    assert not confirm(session, subscriber_id, "weekly", via="link", now=NOW)


GONE = [leave, forget, *map(suppressed_for, Reason)]


@pytest.mark.parametrize("go", GONE)
def test_an_operator_cannot_bring_back_who_is_gone(
    session: Session, jane: int, go: Callable[[Session, int], None]
) -> None:
    go(session, jane)
    with pytest.raises(RefusedError, match="only its owner"):
        ask(session, confirmed=True)


@pytest.mark.parametrize("go", [leave, forget])
def test_an_operator_cannot_bring_her_back_by_asking_in_her_name_first(
    session: Session, jane: int, go: Callable[[Session, int], None]
) -> None:
    go(session, jane)
    ask(session)
    with pytest.raises(RefusedError):
        ask(session, confirmed=True)


def test_her_own_confirmation_brings_back_who_left(session: Session, jane: int) -> None:
    leave(session, jane)
    ask(session)
    confirm(session, jane, "weekly", via="link", now=NOW)
    assert state(session, jane) == SubscriptionState.ACTIVE


@pytest.mark.parametrize("reason", [Reason.UNSUBSCRIBED, Reason.ERASED, Reason.HARD])
def test_her_own_confirmation_lifts_a_suppression(session: Session, reason: Reason) -> None:
    suppressed_for(reason)(session, 0)
    subscriber_id = ask(session)
    confirm(session, subscriber_id, "weekly", via="link", now=NOW)
    standing = read_standing(session, subscriber_id, "weekly")
    assert standing
    assert (standing.state, standing.suppressed) == (SubscriptionState.ACTIVE, "")


@pytest.mark.parametrize("reason", [Reason.COMPLAINT, Reason.BY_HAND])
def test_only_ops_lift_a_complaint(session: Session, reason: Reason) -> None:
    subscriber_id = ask(session)
    suppressed_for(reason)(session, subscriber_id)
    with pytest.raises(RefusedError):
        confirm(session, subscriber_id, "weekly", via="link", now=NOW)
    with pytest.raises(RefusedError):
        ask(session)
