"""Choosing topics from a link in a letter."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from digest.types import Topic
from digest.web.preferences import grouped, masked
from subscribers import SubscriptionState, change_topics, erase, unsubscribe
from tests.web.conftest import NOW, House


def ticked(html: str) -> list[str]:
    return re.findall(r'value="([a-z]+)" checked', html)


def test_the_page_shows_what_she_follows_under_its_groups(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(f"/preferences/{house.token('preferences')}")
    assert ticked(page.text) == ["nato", "asia"]
    assert re.findall(r"<legend>(.*?)</legend>", page.text) == ["Policy topics", "Programs"]


def test_the_page_does_not_show_her_address(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(f"/preferences/{house.token('preferences')}")
    assert "j•••@example.org" in page.text
    assert "jane" not in page.text


def test_who_follows_every_topic_has_every_box_ticked(house: House, client: TestClient[Litestar]) -> None:
    with house.database.write() as session:
        change_topics(session, house.jane, "weekly", None, via="test", now=NOW)
    page = client.get(f"/preferences/{house.token('preferences')}")
    assert len(ticked(page.text)) == 4


def test_saving_stores_what_is_ticked_and_says_so(house: House, client: TestClient[Litestar]) -> None:
    page = client.post(f"/preferences/{house.token('preferences')}", data={"topic": ["china", "syria"]})
    assert (page.status_code, "Saved" in page.text, ticked(page.text)) == (200, True, ["china", "syria"])
    assert house.standing().topics == ("china", "syria")


def test_every_box_ticked_follows_later_topics_too(house: House, client: TestClient[Litestar]) -> None:
    everything = {"topic": ["china", "nato", "asia", "syria"]}
    client.post(f"/preferences/{house.token('preferences')}", data=everything)
    assert house.standing().topics is None


def test_topics_that_are_not_on_offer_are_not_stored(house: House, client: TestClient[Litestar]) -> None:
    client.post(f"/preferences/{house.token('preferences')}", data={"topic": ["china", "*", "x;y", "<b>"]})
    assert house.standing().topics == ("china",)


@pytest.mark.parametrize("body", [b"", b"topic=nonsense", b"\xff\x00", b"&".join([b"topic=china"] * 2000)])
def test_a_form_with_nothing_ticked_saves_nothing_and_says_why(
    house: House, client: TestClient[Litestar], body: bytes
) -> None:
    page = client.post(f"/preferences/{house.token('preferences')}", content=body)
    assert (page.status_code, "tick at least one topic" in page.text) == (422, True)
    assert house.standing().topics == ("asia", "nato")


def test_the_link_to_leave_leads_to_the_page_that_asks(house: House, client: TestClient[Litestar]) -> None:
    page = client.get(f"/preferences/{house.token('preferences')}")
    leave = re.search(r'href="(/unsubscribe/[^"]+)"', page.text)
    assert leave
    assert "Leave this newsletter?" in client.get(leave[1]).text


def test_who_left_is_told_so_and_not_brought_back(house: House, client: TestClient[Litestar]) -> None:
    with house.database.write() as session:
        unsubscribe(session, house.jane, "weekly", via="test", now=NOW)
    page = client.post(f"/preferences/{house.token('preferences')}", data={"topic": "china"})
    assert "You have left" in page.text
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED


def test_an_erased_reader_and_a_stranger_see_the_same_page(house: House, client: TestClient[Litestar]) -> None:
    with house.database.write() as session:
        erase(session, house.jane, via="test", now=NOW)
    erased = client.get(f"/preferences/{house.token('preferences')}")
    stranger = client.get("/preferences/nonsense")
    assert (erased.status_code, erased.text) == (404, stranger.text)


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
