"""Leaving: the page, the one click of RFC 8058, and what neither of them gives away."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers import Rhythm, SubscriptionState, confirm, erase
from subscribers.models import Consent, Subscription
from tests.web.conftest import NOW, SQLITE, House, hidden

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BUTTON = {"by": "page"}


def last_via(house: House) -> str | None:
    with house.database.read() as session:
        return session.scalar(select(Consent.via).order_by(Consent.id.desc()))


@SQLITE
def test_the_page_asks_and_changes_nothing(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(f"/unsubscribe/{house.token('unsubscribe')}")
    assert (page.status_code, "<button>Leave</button>" in page.text) == (200, True)
    assert house.standing().state == SubscriptionState.ACTIVE


def test_the_button_leaves(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(f"/unsubscribe/{house.token('unsubscribe')}").text
    page = client.post(f"/unsubscribe/{house.token('unsubscribe')}", data={"by": hidden(page, "by")}).text
    assert "You have left" in page
    assert (house.standing().state, last_via(house)) == (SubscriptionState.UNSUBSCRIBED, "unsubscribe page")


def test_the_button_sends_one_goodbye_and_one_click_none(house: House, client: TestClient[Litestar]) -> None:
    path = f"/unsubscribe/{house.token('unsubscribe')}"
    client.post(path, data=ONE_CLICK)
    client.post(path, data=BUTTON)
    assert house.letters() == []
    with house.database.write() as session:
        confirm_again(session, house.jane)
    client.post(path, data=BUTTON)
    house.clock.move(minutes=1)
    client.post(path, data=BUTTON)
    assert [letter.letter for letter in house.letters()] == ["goodbye"]
    assert "Receive expert analysis" in client.get(house.link("goodbye")).text


def confirm_again(session: Session, subscriber_id: int) -> None:
    session.execute(update(Subscription).values(state=SubscriptionState.PENDING))
    assert confirm(session, subscriber_id, "weekly", via="test", now=NOW)


def test_fewer_mails_are_offered_instead(house: House, client: TestClient[Litestar]) -> None:
    def offered() -> list[str]:
        page = client.get(f"/unsubscribe/{house.token('unsubscribe')}").text
        return re.findall(r'action="(/preferences/[^"]+)"', page)

    monthly, pause = offered()
    assert "One letter a month" in client.post(monthly).text
    assert (house.standing().rhythm, offered()) == (Rhythm.MONTHLY, [pause])
    assert "pause until" in client.post(pause).text
    assert (house.standing().state, offered()) == (SubscriptionState.ACTIVE, [])


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_one_click_works_in_both_encodings(house: House, client: TestClient[Litestar], form: str) -> None:
    path = f"/unsubscribe/{house.token('unsubscribe')}"
    if form == "urlencoded":
        answer = client.post(path, data=ONE_CLICK, follow_redirects=False)
    else:
        answer = client.post(path, files={"List-Unsubscribe": (None, "One-Click")}, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (200, None)
    assert (house.standing().state, last_via(house)) == (SubscriptionState.UNSUBSCRIBED, "one-click")


def test_a_body_that_is_no_form_is_no_reason_to_keep_her(house: House, client: TestClient[Litestar]) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    client.post(f"/unsubscribe/{house.token('unsubscribe')}", content=b"\xff--x\r\n", headers=headers)
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED


def test_a_second_click_is_answered_alike_and_changes_nothing(house: House, client: TestClient[Litestar]) -> None:
    path = f"/unsubscribe/{house.token('unsubscribe')}"
    first = client.post(path, data=ONE_CLICK)
    rows = house.rows()
    second = client.post(path, data=ONE_CLICK)
    assert (second.status_code, second.text) == (200, first.text)
    assert house.rows() == rows


def test_an_erased_reader_is_answered_like_any_other(house: House, client: TestClient[Litestar]) -> None:
    with house.database.write() as session:
        erase(session, house.jane, via="test", now=NOW)
    assert client.post(f"/unsubscribe/{house.token('unsubscribe')}", data=ONE_CLICK).status_code == 200


@SQLITE
def test_who_has_left_is_told_so(house: House, client: TestClient[Litestar]) -> None:
    path = f"/unsubscribe/{house.token('unsubscribe')}"
    assert client.post(path, data=BUTTON).text == client.get(path).text


def test_a_newsletter_no_longer_set_up_can_still_be_left(house: House, client: TestClient[Litestar]) -> None:
    path = f"/unsubscribe/{house.token('unsubscribe', 'old')}"
    assert "<button>Leave</button>" in client.get(path).text
    assert client.post(path, data=ONE_CLICK).status_code == 200


@SQLITE
@pytest.mark.parametrize("token", ["nonsense", "WzEsIndlZWtseSJd.AAAA", "%00", "a" * 5000])
def test_a_token_that_is_not_ours_reveals_nothing(house: House, client: TestClient[Litestar], token: str) -> None:
    rows = house.rows()
    answers = [client.get(f"/unsubscribe/{token}"), client.post(f"/unsubscribe/{token}", data=ONE_CLICK)]
    assert {(answer.status_code, "This link does not work" in answer.text) for answer in answers} == {(404, True)}
    assert house.rows() == rows


def test_a_token_for_preferences_does_not_unsubscribe(house: House, client: TestClient[Litestar]) -> None:
    assert client.post(f"/unsubscribe/{house.token('preferences')}").status_code == 404
    assert house.standing().state == SubscriptionState.ACTIVE
