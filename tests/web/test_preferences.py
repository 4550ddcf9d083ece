"""Choosing what comes, from a link in a letter."""

import re
from datetime import timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from digest.types import Topic
from digest.web.topics import grouped
from digest.web.visit import masked
from subscribers import Rhythm, SubscriptionState, change_topics, erase, unsubscribe
from subscribers.models import Consent
from tests.web.conftest import NOW, SQLITE, House

FORM = {"rhythm": "every", "language": ""}


def ticked(html: str) -> list[str]:
    return re.findall(r'name="topic" value="([a-z]+)" checked', html)


def hers(house: House, action: str = "") -> str:
    return f"/preferences/{house.token('preferences')}{action}"


def test_the_page_shows_what_she_follows_under_its_groups(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(hers(house))
    assert ticked(page.text) == ["nato", "asia"]
    assert re.findall(r"<legend>(.*?)</legend>", page.text) == ["Policy topics", "Programs", "How often"]


@SQLITE
def test_the_page_does_not_show_her_address(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(hers(house))
    assert "j•••@example.org" in page.text
    assert "jane" not in page.text


def test_saving_stores_topics_rhythm_and_language_and_says_so(house: House, client: TestClient[Litestar]) -> None:
    form = {"topic": ["china", "syria"], "rhythm": "monthly", "language": "de"}
    page = client.post(hers(house), data=form)
    assert (page.status_code, "Saved" in page.text, ticked(page.text)) == (200, True, ["china", "syria"])
    stands = house.standing()
    assert (stands.topics, stands.rhythm, stands.language) == (("china", "syria"), Rhythm.MONTHLY, "de")
    assert 'value="monthly" checked' in page.text
    assert 'value="de" lang="de" selected' in page.text


def test_everything_follows_later_topics_too(house: House, client: TestClient[Litestar]) -> None:
    page = client.post(hers(house), data={**FORM, "everything": "yes", "topic": ["china"]})
    assert house.standing().topics is None
    assert 'name="everything" value="yes" checked' in page.text
    client.post(hers(house), data={**FORM, "topic": ["china", "nato", "asia", "syria"]})
    assert house.standing().topics == ("asia", "china", "nato", "syria")


@SQLITE
def test_what_is_not_on_offer_is_not_stored(house: House, client: TestClient[Litestar]) -> None:
    form = {"topic": ["china", "*", "x;y", "<b>"], "rhythm": "hourly", "language": "../de"}
    client.post(hers(house), data=form)
    stands = house.standing()
    assert (stands.topics, stands.rhythm, stands.language) == (("china",), Rhythm.EVERY, "")


@SQLITE
@pytest.mark.parametrize("body", [b"", b"topic=nonsense", b"\xff\x00", b"&".join([b"topic=china"] * 2000)])
def test_a_form_with_nothing_ticked_saves_nothing_and_says_why(
    house: House, client: TestClient[Litestar], body: bytes
) -> None:
    page = client.post(hers(house), content=body)
    assert (page.status_code, "tick at least one topic" in page.text) == (422, True)
    assert house.standing().topics == ("asia", "nato")


def test_once_a_month_leaves_the_rest_as_it_is(house: House, client: TestClient[Litestar]) -> None:
    assert "One letter a month" in client.post(hers(house, "/monthly")).text
    assert (house.standing().rhythm, house.standing().topics) == (Rhythm.MONTHLY, ("asia", "nato"))


def test_a_pause_lasts_four_weeks_and_can_be_ended(house: House, client: TestClient[Litestar]) -> None:
    page = client.post(hers(house, "/pause")).text
    assert house.standing().paused_until == NOW + timedelta(weeks=4)
    assert "pause until <strong>February 4, 2026</strong>" in page
    assert "Pause for four weeks" not in page
    page = client.post(hers(house, "/resume")).text
    assert house.standing().paused_until is None
    assert "Pause for four weeks" in page


@SQLITE
def test_a_pause_that_is_over_is_not_shown(house: House, client: TestClient[Litestar]) -> None:
    client.post(hers(house, "/pause"))
    house.clock.move(days=28)
    assert "End the pause" not in client.get(hers(house)).text


def test_a_link_is_mailed_to_her_address_once_an_hour(house: House, client: TestClient[Litestar]) -> None:
    answers = {client.post(hers(house, "/link")).text for _ in range(20)}
    assert len(answers) == 1
    assert "on its way to your address" in answers.pop()
    (letter,) = house.letters()
    assert (letter.letter, letter.subscriber_id, letter.address) == ("preferences-link", house.jane, None)
    house.clock.move(hours=1)
    client.post(hers(house, "/link"))
    assert len(house.letters("preferences-link")) == 2


def test_each_change_is_kept_with_where_it_was_made(house: House, client: TestClient[Litestar]) -> None:
    client.post(hers(house), data={**FORM, "topic": "china"})
    client.post(hers(house, "/pause"))
    with house.database.read() as session:
        kept = session.execute(select(Consent.act, Consent.via).order_by(Consent.id)).all()
    assert [tuple(row) for row in kept[1:]] == [("changed", "preferences page"), ("paused", "preferences page")]


@SQLITE
def test_the_link_to_leave_leads_to_the_page_that_asks(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(hers(house))
    leave = re.search(r'href="(/unsubscribe/[^"]+)"', page.text)
    assert leave
    assert "Leave this newsletter?" in client.get(leave[1]).text


@SQLITE
@pytest.mark.parametrize("action", ["", "/monthly", "/pause", "/resume", "/link"])
def test_who_left_is_told_so_and_not_brought_back(house: House, client: TestClient[Litestar], action: str) -> None:
    with house.database.write() as session:
        unsubscribe(session, house.jane, "weekly", via="test", now=NOW)
    rows = house.rows()
    page = client.post(hers(house, action), data={**FORM, "topic": "china"})
    assert "You have left" in page.text
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED
    assert house.rows() == rows


def test_an_erased_reader_and_a_stranger_see_the_same_page(house: House, client: TestClient[Litestar]) -> None:
    with house.database.write() as session:
        erase(session, house.jane, via="test", now=NOW)
    erased = client.get(hers(house))
    stranger = client.get("/preferences/nonsense")
    assert (erased.status_code, erased.text) == (404, stranger.text)
    assert {client.post(f"/preferences/nonsense/{each}").status_code for each in ("pause", "monthly", "link")} == {404}


@SQLITE
def test_who_follows_everything_has_that_ticked(house: House, client: TestClient[Litestar]) -> None:
    with house.database.write() as session:
        change_topics(session, house.jane, "weekly", None, via="test", now=NOW)
    assert 'name="everything" value="yes" checked' in client.get(hers(house)).text


def test_groups_come_in_the_order_of_their_first_topic() -> None:
    topics = [Topic("a", "A", "Two"), Topic("b", "B", "One"), Topic("c", "C", "Two")]
    assert [(group, [topic.slug for topic in members]) for group, members in grouped(topics)] == [
        ("Two", ["a", "c"]),
        ("One", ["b"]),
    ]


@pytest.mark.parametrize(
    ("address", "shown"), [("jane@example.org", "j•••@example.org"), ("ж@xn--p1ai.example", "ж•••@xn--p1ai.example")]
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown
