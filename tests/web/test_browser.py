"""The pages as a reader on a phone meets them, in Chromium."""

import shutil
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from digest.web import create_app
from digest.web.server import bind, server
from subscribers import SubscriptionState
from tests.web.conftest import House, make_door

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    # What a browser sees does not depend on the database; the other tests of these pages use both.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

# The contrast of every text with what is behind it, by the formula of WCAG 2.2; pages have no images or gradients.
LOWEST_CONTRAST = """() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b + .05;
  };
  const behind = (e) => {
    const c = getComputedStyle(e).backgroundColor;
    return c === "rgba(0, 0, 0, 0)" ? behind(e.parentElement) : c;
  };
  const ratios = [...document.querySelectorAll("body *")].filter((e) => e.innerText).map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    return Math.max(a, b) / Math.min(a, b);
  });
  return Math.min(...ratios);
}"""


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with bind("127.0.0.1:0") as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = server(create_app(make_door(house.database, address)))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        yield address
        running.should_exit = True
        thread.join()


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest) -> Iterator["Page"]:
    """A page 375 CSS pixels wide; what it complains of on its console fails the test."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 375, "height": 740}, color_scheme=request.param)
        page.on("console", lambda message: complaints.append(message.text))
        yield page
        browser.close()
    assert complaints == []


def test_a_reader_changes_her_topics_and_then_leaves(house: House, url: str, phone: "Page") -> None:
    phone.goto(f"{url}/preferences/{house.token('preferences')}")
    phone.get_by_label("China").check()
    phone.get_by_role("button", name="Save").click()
    phone.get_by_role("status").wait_for()
    assert house.standing().topics == ("asia", "china", "nato")
    phone.get_by_role("link", name="Leave this newsletter").click()
    phone.get_by_role("button", name="Leave").click()
    phone.get_by_role("heading", name="You have left").wait_for()
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize("pattern", ["/", "/unsubscribe/{0}", "/preferences/{1}"])
def test_every_page_fits_a_phone_and_can_be_read(house: House, url: str, phone: "Page", pattern: str) -> None:
    phone.goto(url + pattern.format(house.token("unsubscribe"), house.token("preferences")))
    assert phone.evaluate("document.documentElement.scrollWidth") == 375
    assert phone.evaluate(LOWEST_CONTRAST) >= 4.5
    assert phone.locator("h1").count() == 1


def test_opening_a_page_loads_nothing_from_elsewhere_and_changes_nothing(house: House, url: str, phone: "Page") -> None:
    rows, asked = house.rows(), list[str]()
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(f"{url}/unsubscribe/{house.token('unsubscribe')}", wait_until="networkidle")
    assert {address.startswith(url) for address in asked} == {True}
    assert house.rows() == rows
