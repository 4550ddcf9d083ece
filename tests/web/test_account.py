"""Her data, another address, her erasure: from a link that only her mailbox gets, for an hour."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from digest.errors import DatabaseError
from digest.web import create_app
from subscribers import parse_address, subscribe
from subscribers.models import Consent
from tests.web.conftest import KEYS, NOW, SQLITE, House


@pytest.fixture
def link(house: House, client: TestClient[Litestar]) -> str:
    """Jane had the link mailed to her."""
    client.post(f"/preferences/{house.token('preferences')}/link")
    return house.link("preferences-link")


@SQLITE
def test_the_page_shows_her_address_and_what_she_can_do(client: TestClient[Litestar], link: str) -> None:
    page = client.get(link).text
    for words in ("jane@example.org", "Download my data", "Change my address", "Erase me"):
        assert words in page


def test_her_data_comes_as_a_file(house: House, client: TestClient[Litestar], link: str) -> None:
    rows = house.rows()
    answer = client.get(f"{link}/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    held = json.loads(answer.content)
    assert held["person"]["address"] == "jane@example.org"
    assert held["person"]["created_at"] == "2026-01-07T14:00:00+00:00"
    assert [act["act"] for act in held["consents"]] == ["vouched"]
    assert house.rows() == rows


@SQLITE
def test_a_link_runs_out_after_an_hour(house: House, client: TestClient[Litestar], link: str) -> None:
    house.clock.move(hours=1)
    rows = house.rows()
    answers = [client.get(f"{link}{each}") for each in ("", "/data.json", "/erase")]
    answers += [client.post(f"{link}{each}", data={"email": "new@example.org"}) for each in ("/erase", "/address")]
    assert {(answer.status_code, "does not work any more" in answer.text) for answer in answers} == {(404, True)}
    assert house.rows() == rows


@SQLITE
@pytest.mark.parametrize("purpose", ["preferences", "unsubscribe", "account"])
def test_a_link_of_a_letter_opens_nothing_of_it(house: House, client: TestClient[Litestar], purpose: str) -> None:
    token = house.token(purpose)
    assert {client.get(f"/account/{token}{each}").status_code for each in ("", "/data.json", "/erase")} == {404}
    assert client.post(f"/account/{token}/erase").status_code == 404
    assert house.addresses() == ["jane@example.org"]


# ── erasure ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_erasing_is_asked_once_more_and_then_done(house: House, client: TestClient[Litestar], link: str) -> None:
    asked = client.get(f"{link}/erase")
    assert "Erase everything?" in asked.text
    assert house.addresses() == ["jane@example.org"]
    done = client.post(f"{link}/erase")
    assert (done.status_code, "You are forgotten" in done.text) == (200, True)
    assert house.addresses() == []
    assert "jane@example.org" not in repr(house.rows())
    assert client.post(f"{link}/erase").text == done.text
    assert client.get(link).status_code == 404


@SQLITE
def test_what_could_not_be_erased_at_once_is_said(house: House) -> None:
    def busy(_subscriber_id: int, _via: str, _now: datetime) -> None:
        raise DatabaseError("the write-ahead log could not be emptied, for another process reads; try again")

    with TestClient(create_app(replace(house.door, forget=busy))) as client:
        answer = client.post(f"/account/{house.fresh('account')}/erase")
    assert (answer.status_code, "press this once more" in answer.text) == (503, True)
    assert "write-ahead" not in answer.text


# ── another address ─────────────────────────────────────────────────────────────────────────────────────────────────


def ask(client: TestClient[Litestar], link: str, email: str) -> str:
    answer = client.post(f"{link}/address", data={"email": email})
    assert answer.status_code == 200
    return answer.text


def test_the_new_address_must_answer_before_it_counts(house: House, client: TestClient[Litestar], link: str) -> None:
    assert "Check your mail" in ask(client, link, "jane@example.net")
    (letter,) = house.letters("new-address")
    assert (letter.subscriber_id, letter.address) == (house.jane, "jane@example.net")
    there, rows = house.link("new-address"), house.rows()
    assert "Use this address" in client.get(there).text
    assert house.rows() == rows
    assert "Your address is changed" in client.post(there).text
    assert house.addresses() == ["jane@example.net"]
    with house.database.read() as session:
        assert session.scalar(select(Consent.via).order_by(Consent.id.desc())) == "account page"
    rows = house.rows()
    assert "Your address is changed" in client.post(there).text
    assert "Your address is changed" in client.get(there).text
    assert house.rows() == rows


def test_the_answer_does_not_tell_whether_somebody_has_the_address(
    house: House, client: TestClient[Litestar], link: str
) -> None:
    with house.database.write() as session:
        subscribe(
            session,
            KEYS.address,
            address=parse_address("bob@example.net"),
            newsletter="weekly",
            topics=None,
            via="test",
            confirmed=True,
            now=NOW,
        )
    taken = ask(client, link, "bob@example.net")
    there = house.link("new-address")
    assert taken == ask(client, link, "new@example.net").replace("new@example.net", "bob@example.net")
    refused = client.post(there)
    assert (refused.status_code, "gets our letters already" in refused.text) == (409, True)
    assert house.addresses() == ["jane@example.org", "bob@example.net"]


def test_one_such_letter_an_hour(house: House, client: TestClient[Litestar], link: str) -> None:
    for number in range(20):
        ask(client, link, f"stranger{number}@example.net")
    assert len(house.letters("new-address")) == 1


@SQLITE
@pytest.mark.parametrize("typed", ["", "nonsense", "<b>@example.org"])
def test_a_bad_address_is_refused_in_words_and_kept(
    house: House, client: TestClient[Litestar], link: str, typed: str
) -> None:
    answer = client.post(f"{link}/address", data={"email": typed})
    assert (answer.status_code, "Please look at the address once more" in answer.text) == (422, True)
    assert house.letters("new-address") == []


@SQLITE
def test_the_link_to_a_new_address_runs_out(house: House, client: TestClient[Litestar], link: str) -> None:
    ask(client, link, "jane@example.net")
    there = house.link("new-address")
    house.clock.move(days=1)
    assert (client.get(there).status_code, client.post(there).status_code) == (404, 404)
    assert house.addresses() == ["jane@example.org"]
