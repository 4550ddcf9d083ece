"""Confirming: only a button counts, a link runs out, and "not me" ends it."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from subscribers import Reason, SubscriptionState, address_key, parse_address, suppress
from subscribers.models import Consent
from tests.web.conftest import KEYS, NOW, SQLITE, WORDS, House
from tests.web.test_subscribe import PAGE, form, signed


@pytest.fixture
def link(house: House, client: TestClient[Litestar]) -> str:
    """Ada signed up; the link in the letter that asks her."""
    client.post(PAGE, data=form(shown=signed(house, client)))
    return house.link("confirm")


@SQLITE
def test_the_page_asks_and_changes_nothing(house: House, client: TestClient[Litestar], link: str) -> None:
    rows = house.rows()
    page = client.get(link)
    assert (page.status_code, "Yes, send them to me" in page.text) == (200, True)
    assert 'id="not-me"' in page.text
    assert "Yes, send me &lt;Expert analysis&gt;" in page.text
    assert house.rows() == rows


def test_the_button_makes_her_a_reader_and_sends_one_welcome(
    house: House, client: TestClient[Litestar], link: str
) -> None:
    first = client.post(link)
    assert "Welcome" in first.text
    assert house.standing("ada@example.org").state == SubscriptionState.ACTIVE
    with house.database.read() as session:
        kept = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert kept is not None
    assert (kept.act, kept.via, kept.wording) == ("confirmed", "confirmation page", WORDS.wording)
    rows = house.rows()
    house.clock.move(minutes=5)
    second = client.post(link)
    assert (second.status_code, second.text) == (200, first.text)
    assert client.get(link).text == first.text
    assert house.rows() == rows
    assert [letter.letter for letter in house.letters()] == ["confirm", "welcome"]
    choose = re.search(r'href="(/preferences/[^"]+)"', first.text)
    assert choose
    assert client.get(choose[1]).status_code == 200


@SQLITE
def test_a_link_runs_out_after_seven_days(house: House, client: TestClient[Litestar], link: str) -> None:
    house.clock.move(days=7)
    rows = house.rows()
    for answer in (client.get(link), client.post(link), client.post(f"{link}/not-me")):
        assert (answer.status_code, "This link has run out" in answer.text) == (404, True)
        assert f'href="{PAGE}"' in answer.text
    assert house.rows() == rows


def test_not_me_forgets_her_and_never_asks_again(house: House, client: TestClient[Litestar], link: str) -> None:
    first = client.post(f"{link}/not-me")
    assert "We will not ask again" in first.text
    assert "ada@example.org" not in house.addresses()
    assert client.post(f"{link}/not-me").text == first.text
    assert client.post(link).status_code == 404
    house.clock.move(days=40)
    client.post(PAGE, data=form(shown=signed(house, client)))
    assert len(house.letters("confirm")) == 1


def test_not_me_of_a_reader_takes_nothing_away(house: House, client: TestClient[Litestar], link: str) -> None:
    client.post(link)
    answer = client.post(f"{link}/not-me").text
    assert "you are on the list" in answer
    assert "/unsubscribe/" in answer
    assert house.standing("ada@example.org").state == SubscriptionState.ACTIVE


def test_who_has_left_since_is_not_brought_back_by_an_old_link(
    house: House, client: TestClient[Litestar], link: str
) -> None:
    client.post(link)
    leave = re.search(r'href="(/unsubscribe/[^"]+)"', client.get(link).text)
    assert leave
    client.post(leave[1])
    assert client.post(link).status_code == 404
    assert house.standing("ada@example.org").state == SubscriptionState.UNSUBSCRIBED


def test_after_a_complaint_only_ops_can_let_her_back(house: House, client: TestClient[Litestar], link: str) -> None:
    key = address_key(parse_address("ada@example.org"), KEYS.address)
    with house.database.write() as session:
        suppress(session, key, Reason.COMPLAINT, via="test", now=NOW)
    answer = client.post(link)
    assert (answer.status_code, "We may not write to this address" in answer.text) == (409, True)
    assert house.standing("ada@example.org").state == SubscriptionState.PENDING


@SQLITE
@pytest.mark.parametrize("purpose", ["account", "address"])
def test_a_token_for_something_else_confirms_nothing(house: House, client: TestClient[Litestar], purpose: str) -> None:
    assert client.post(f"/confirm/{house.fresh(purpose)}").status_code == 404
