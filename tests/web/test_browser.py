"""The pages as a reader on a phone meets them, in Chromium."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from digest.web import create_app
from subscribers import SubscriptionState
from tests.web.browser import AXE, IN_CHROMIUM, faults, phone, submit
from tests.web.conftest import House, served
from tests.web.test_subscribe import form

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with served(create_app(house.door)) as address:
        yield address


def every_page(house: House, url: str, page: "Page") -> Iterator[str]:
    """Shows each page that a reader can meet, and gives its name."""

    def at(path: str) -> None:
        page.goto(url + path)

    def press(name: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).click()

    for name, path in {
        "home": "/",
        "privacy": "/privacy",
        "embed": "/embed/weekly",
        "not-found": "/nowhere",
        "letter-not-found": "/letters/nothing",
        "run-out": "/confirm/nonsense",
        "account-run-out": "/account/nonsense",
        "sign-up": "/subscribe/weekly",
        "preferences": f"/preferences/{house.token('preferences')}",
        "leave": f"/unsubscribe/{house.token('unsubscribe')}",
        "account": f"/account/{house.fresh('account')}",
        "erase": f"/account/{house.fresh('account')}/erase",
        "new-address": f"/address/{house.fresh('address', 'new@example.org')}",
    }.items():
        at(path)
        yield name
    at("/subscribe/weekly")
    page.get_by_label("Everything").check()
    yield "sign-up-everything"
    submit(page, url, "/subscribe/weekly", {"email": "a-very-long-address-without-any-break" * 3})
    yield "sign-up-refused"
    submit(page, url, "/subscribe/weekly", form())
    yield "one-button"
    house.clock.move(seconds=3)
    press("Sign up")
    yield "check-your-mail"
    at(house.link("confirm"))
    yield "confirm"
    press("Yes, send them to me")
    yield "welcome"
    submit(page, url, f"/preferences/{house.token('preferences')}", {})
    yield "preferences-refused"
    press("Pause for four weeks")
    yield "preferences-paused"
    press("Mail me a link")
    yield "preferences-mailed"
    at(house.link("preferences-link"))
    submit(page, url, house.link("preferences-link") + "/address", {"email": "nonsense"})
    yield "account-refused"
    at(f"/unsubscribe/{house.token('unsubscribe')}")
    press("Leave")
    yield "left"
    at(f"/preferences/{house.token('preferences')}")
    yield "has-left"


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core here: npm install --prefix .cache/npm --no-save axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_and_can_be_read(house: House, url: str, scheme: Literal["light", "dark"]) -> None:
    found = {}
    with phone(scheme) as page:
        for name in every_page(house, url, page):
            found[name] = faults(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) == 25


def test_a_reader_changes_her_topics_and_then_leaves(house: House, url: str) -> None:
    with phone() as page:
        page.goto(f"{url}/preferences/{house.token('preferences')}")
        page.get_by_label("China").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("status").wait_for()
        assert house.standing().topics == ("asia", "china", "nato")
        page.get_by_role("link", name="Leave this newsletter").click()
        page.get_by_role("button", name="Leave").click()
        page.get_by_role("heading", name="You have left").wait_for()
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED


def test_the_snippet_works_on_a_page_of_another_site(house: House, url: str, tmp_path: Path) -> None:
    with served(create_app(replace(house.door, web_url=url))) as elsewhere, phone() as page:
        page.goto(f"{elsewhere}/embed/weekly")
        snippet = page.locator("pre").inner_text()
        page.route("https://www.example.com/", lambda route: route.fulfill(body=snippet, content_type="text/html"))
        page.goto("https://www.example.com/")
        assert page.get_by_label("Leave this empty").is_hidden()
        page.get_by_label("Your mail address").fill("ada@example.org")
        page.get_by_label("Asia").check()
        page.get_by_role("button", name="Sign up").click()
        page.get_by_role("heading", name="One more step").wait_for()
        assert house.addresses() == ["jane@example.org"]
        house.clock.move(seconds=3)
        page.get_by_role("button", name="Sign up").click()
        page.get_by_role("heading", name="Check your mail").wait_for()
    assert house.standing("ada@example.org").topics == ("asia",)


@pytest.mark.parametrize("path", ["/unsubscribe/{unsubscribe}", "/subscribe/weekly"])
def test_opening_a_page_loads_nothing_from_elsewhere_and_changes_nothing(house: House, url: str, path: str) -> None:
    rows, asked = house.rows(), list[str]()
    with phone() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url + path.format(unsubscribe=house.token("unsubscribe")), wait_until="networkidle")
        assert page.context.cookies() == []
    assert {address.startswith(url) for address in asked} == {True}
    assert house.rows() == rows
