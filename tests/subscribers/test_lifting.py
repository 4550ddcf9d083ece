"""What lifts what: her own confirmation, the word of ops, and never a list."""

import contextlib
from collections.abc import Callable

import pytest
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
    parse_domain,
    read_standing,
    release,
    release_domain,
    subscribe,
    suppress,
    suppress_domain,
    unsubscribe,
)
from tests.subscribers.conftest import NOW, SECRET
from tests.subscribers.lists import load

JANE = parse_address("jane@example.org")
KEY = address_key(JANE, SECRET)
Act = Callable[[Session, int], object]


def gets_letters(session: Session) -> bool:
    session.expire_all()
    number = find(session, SECRET, JANE)
    standing = read_standing(session, number, "weekly") if number else None
    return bool(standing and standing.state == SubscriptionState.ACTIVE and not standing.suppressed)


def ask(session: Session, *, confirmed: bool) -> int:
    return subscribe(
        session, SECRET, address=JANE, newsletter="weekly", topics=None, via="test", confirmed=confirmed, now=NOW
    )


def she_confirms(session: Session) -> None:
    confirm(session, ask(session, confirmed=False), "weekly", via="link", now=NOW)


def an_operator_adds_her(session: Session) -> None:
    ask(session, confirmed=True)


def a_list_names_her(session: Session) -> None:
    load(session, "email\njane@example.org\n")


def ops_lift_it(session: Session) -> None:
    release_domain(session, parse_domain("@Example.ORG"))
    release(session, KEY, via="command line", now=NOW)


def suppressed(reason: Reason) -> Act:
    return lambda session, _: suppress(session, KEY, reason, via="test", now=NOW)


GONE: dict[str, tuple[Act, str]] = {
    "left": (lambda session, jane: unsubscribe(session, jane, "weekly", via="test", now=NOW), "herself"),
    "unsubscribed": (suppressed(Reason.UNSUBSCRIBED), "herself"),
    "erased": (lambda session, jane: erase(session, jane, via="test", now=NOW), "herself"),
    "hard": (suppressed(Reason.HARD), "herself ops"),
    "by hand": (suppressed(Reason.BY_HAND), "ops"),
    "complaint": (suppressed(Reason.COMPLAINT), "ops"),
    "domain": (lambda session, _: suppress_domain(session, "example.org", Reason.BY_HAND, now=NOW), "ops"),
}
WAYS_BACK: dict[str, Callable[[Session], None]] = {
    "herself": she_confirms,
    "operator": an_operator_adds_her,
    "list": a_list_names_her,
    "ops": ops_lift_it,
}


@pytest.mark.parametrize("way", WAYS_BACK)
@pytest.mark.parametrize("gone", GONE)
def test_what_lifts_what(session: Session, jane: int, gone: str, way: str) -> None:
    go, lifted_by = GONE[gone]
    assert gets_letters(session)
    go(session, jane)
    assert not gets_letters(session)
    with contextlib.suppress(RefusedError):
        WAYS_BACK[way](session)
    assert gets_letters(session) == (way in lifted_by.split())


@pytest.mark.parametrize("reason", [Reason.UNSUBSCRIBED, Reason.ERASED])
def test_ops_are_told_that_only_she_can_lift_it(session: Session, reason: Reason) -> None:
    suppress(session, KEY, reason, via="test", now=NOW)
    with pytest.raises(RefusedError, match=f"{reason}.*only its owner"):
        ops_lift_it(session)


def test_a_subdomain_is_another_domain(session: Session, jane: int) -> None:
    suppress_domain(session, parse_domain("@mail.example.org"), Reason.BY_HAND, now=NOW)
    assert gets_letters(session)


def test_nothing_to_lift_is_said(session: Session) -> None:
    assert not release(session, KEY, via="test", now=NOW)
    assert not release_domain(session, "example.org")
