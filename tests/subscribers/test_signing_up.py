"""Signing up by a form that anybody can send: what is kept, what is mailed, and when nothing is."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers import (
    AddressTakenError,
    Mail,
    Reason,
    SignUp,
    SubscriptionState,
    address_key,
    ask_new_address,
    change_address,
    confirm,
    erase,
    find,
    forget_unanswered,
    network_key,
    parse_address,
    read_standing,
    refuse,
    release,
    sign_up,
    suppress,
    suppress_domain,
    unsubscribe,
)
from subscribers.limits import Asked, may_ask
from subscribers.models import Confirmation, Consent, Subscriber
from tests.subscribers.conftest import NOW, SECRET

NOTHING = Asked(refused=False, address=0, address_today=0, network_this_hour=0, domain_today=0)
DAY = timedelta(days=1)


def ask(
    session: Session,
    address: str = "zoe@example.net",
    *,
    after: timedelta = timedelta(),
    network: str = "",
    **more: str,
) -> Mail | None:
    form = SignUp(parse_address(address), more.get("newsletter", "weekly"), ["nato"], "sign-up page", "Yes", network)
    return sign_up(session, SECRET, form, now=NOW + after)


def test_a_stranger_is_pending_and_gets_a_letter_to_confirm_by(session: Session) -> None:
    mail = ask(session, network="net")
    assert mail
    assert mail == Mail("confirm", mail.subscriber_id, "weekly")
    standing = read_standing(session, mail.subscriber_id, "weekly")
    assert standing
    assert (standing.state, standing.topics) == (SubscriptionState.PENDING, ("nato",))
    consent = session.scalars(select(Consent).where(Consent.subscriber_id == mail.subscriber_id)).one()
    assert (consent.act, consent.via, consent.wording, consent.network) == ("subscribed", "sign-up page", "Yes", "net")


def test_a_reader_gets_a_link_and_nothing_of_hers_changes(session: Session, jane: int) -> None:
    before = read_standing(session, jane, "weekly")
    assert ask(session, "Jane@example.org") == Mail("preferences-link", jane, "weekly")
    assert read_standing(session, jane, "weekly") == before


def test_a_reader_whose_mail_bounced_confirms_anew(session: Session, jane: int) -> None:
    suppress(session, address_key(parse_address("jane@example.org"), SECRET), Reason.HARD, via="bounce", now=NOW)
    assert ask(session, "jane@example.org") == Mail("confirm", jane, "weekly")
    assert confirm(session, jane, "weekly", via="page", now=NOW)


@pytest.mark.parametrize("reason", [Reason.BY_HAND, Reason.COMPLAINT])
def test_who_is_not_written_to_gets_nothing_and_nothing_is_kept(session: Session, reason: Reason) -> None:
    suppress(session, address_key(parse_address("zoe@example.net"), SECRET), reason, via="ops", now=NOW)
    assert ask(session) is None
    assert find(session, SECRET, parse_address("zoe@example.net")) is None


def test_nobody_at_a_suppressed_domain_is_asked(session: Session, jane: int) -> None:
    suppress_domain(session, "example.net", Reason.BY_HAND, now=NOW)
    assert ask(session) is None
    assert ask_new_address(session, SECRET, jane, "weekly", parse_address("jane@example.net"), now=NOW) is None


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        (NOTHING, True),
        (Asked(refused=True, address=0, address_today=0, network_this_hour=0, domain_today=0), False),
        (Asked(refused=False, address=2, address_today=0, network_this_hour=19, domain_today=199), True),
        (Asked(refused=False, address=3, address_today=0, network_this_hour=0, domain_today=0), False),
        (Asked(refused=False, address=1, address_today=1, network_this_hour=0, domain_today=0), False),
        (Asked(refused=False, address=0, address_today=0, network_this_hour=20, domain_today=0), False),
        (Asked(refused=False, address=0, address_today=0, network_this_hour=0, domain_today=200), False),
    ],
)
def test_when_one_more_letter_may_ask(asked: Asked, may: bool) -> None:
    assert may_ask(asked) is may


def test_one_address_is_asked_once_a_day_and_three_times_in_all(session: Session) -> None:
    sent = [ask(session, spelling, after=day * DAY) for day in range(6) for spelling in ("zoe@example.net",) * 3]
    assert [bool(mail) for mail in sent] == [True, False, False] * 3 + [False] * 9


def test_however_an_address_is_spelt_it_is_one(session: Session) -> None:
    assert ask(session, "zoë@bücher.example")
    assert ask(session, "ZOË@BÜCHER.example") is None
    assert ask(session, "zoe\u0308@xn--bcher-kva.example") is None


def test_one_network_asks_twenty_an_hour_and_who_confirms_makes_room(session: Session) -> None:
    sent = [ask(session, f"a{number}@d{number}.example", network="n") for number in range(25)]
    assert [bool(mail) for mail in sent] == [True] * 20 + [False] * 5
    first = sent[0]
    assert first
    confirm(session, first.subscriber_id, "weekly", via="page", now=NOW)
    assert ask(session, "b@b.example", network="n")
    assert ask(session, "c@c.example", network="n") is None
    assert ask(session, "c@c.example", network="other")


def test_one_domain_is_asked_two_hundred_a_day(session: Session) -> None:
    sent = [ask(session, f"a{number}@example.net") for number in range(205)]
    assert sum(mail is not None for mail in sent) == 200
    assert ask(session, "late@example.net", after=DAY)


def test_not_me_forgets_her_and_nobody_asks_again(session: Session) -> None:
    mail = ask(session)
    assert mail
    assert refuse(session, mail.subscriber_id, "weekly", now=NOW)
    assert not refuse(session, mail.subscriber_id, "weekly", now=NOW)
    assert not session.scalar(select(func.count()).select_from(Subscriber))
    assert ask(session, after=400 * DAY) is None
    assert ask(session, after=400 * DAY, newsletter="monthly") is None
    release(session, address_key(parse_address("zoe@example.net"), SECRET), via="ops", now=NOW)
    assert ask(session, after=401 * DAY)


def test_not_me_never_ends_what_she_reads(session: Session, jane: int) -> None:
    assert not refuse(session, jane, "weekly", now=NOW)
    assert ask(session, "jane@example.org", newsletter="monthly")
    assert refuse(session, jane, "monthly", now=NOW)
    standing = read_standing(session, jane, "weekly")
    assert standing
    assert standing.state == SubscriptionState.ACTIVE


def test_who_had_left_is_as_she_was_after_not_me(session: Session, jane: int) -> None:
    unsubscribe(session, jane, "weekly", via="page", now=NOW)
    assert ask(session, "jane@example.org")
    assert refuse(session, jane, "weekly", now=NOW)
    standing = read_standing(session, jane, "weekly")
    assert standing
    assert standing.state == SubscriptionState.UNSUBSCRIBED


def test_a_sign_up_that_nobody_confirms_is_forgotten_in_a_month(session: Session, jane: int) -> None:
    assert ask(session)
    assert ask(session, "jane@example.org")
    assert forget_unanswered(session, NOW + 29 * DAY, 100) == 0
    assert forget_unanswered(session, NOW + 30 * DAY, 100) == 2
    assert session.scalars(select(Subscriber.id)).all() == [jane]
    assert not session.scalar(select(func.count()).select_from(Confirmation))


def test_who_was_erased_is_welcome_when_she_signs_up_herself(session: Session, jane: int) -> None:
    ask(session, "jane@example.org")
    erase(session, jane, via="page", now=NOW)
    mail = ask(session, "jane@example.org")
    assert mail
    assert mail.letter == "confirm"
    assert confirm(session, mail.subscriber_id, "weekly", via="page", now=NOW)


def test_a_new_address_is_asked_first_and_taken_once(session: Session, jane: int) -> None:
    new = parse_address("jane@example.com")
    assert ask_new_address(session, SECRET, jane, "weekly", new, now=NOW) == Mail(
        "new-address", jane, "weekly", "jane@example.com"
    )
    assert ask_new_address(session, SECRET, jane, "weekly", new, now=NOW) is None
    assert change_address(session, SECRET, jane, new, via="page", now=NOW)
    assert not change_address(session, SECRET, jane, new, via="page", now=NOW)
    assert find(session, SECRET, new) == jane
    assert find(session, SECRET, parse_address("jane@example.org")) is None


def test_the_address_of_another_reader_cannot_be_taken(session: Session, jane: int) -> None:
    mail = ask(session)
    assert mail
    with pytest.raises(AddressTakenError, match="a subscription of its own"):
        change_address(session, SECRET, jane, parse_address("zoe@example.net"), via="page", now=NOW)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.9", True),
    ],
)
def test_a_network_is_known_by_a_hash(one: str, other: str, same: bool) -> None:
    assert (network_key(SECRET, one) == network_key(SECRET, other)) is same
    assert one not in network_key(SECRET, one)


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "192.0.2.1:443"])
def test_what_is_no_address_has_no_network(text: str) -> None:
    assert network_key(SECRET, text) == ""
