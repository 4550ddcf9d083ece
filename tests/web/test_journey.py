"""The whole way of a reader in Chromium, with the configuration that comes with the program and its test mail server;
and a scanner that opens every link of every letter.
"""

import asyncio
import email
import html
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select

from digest import files, wiring
from digest.config import load
from digest.pipeline import Pipeline
from digest.testserver.maildir import Maildir
from digest.web import create_app, open_door
from digest.web.server import bind
from subscribers import SubscriptionState, list_subscribers
from subscribers.base import Base
from tests.conftest import SetClock
from tests.web.browser import IN_CHROMIUM, phone
from tests.web.conftest import hidden, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM
TUESDAY = datetime(2026, 1, 6, 15, tzinfo=UTC)
CHINA = {
    "Asia giants find warmer ties may cool conflict",
    "PLA fired 27 rockets: defense ministry",
    "What Trump could do to defuse Taiwan’s powder keg",
}
ONLY_TAIWAN = "The new National Security Strategy’s dangerous language on Taiwan"


@dataclass
class Place:
    """The program as it comes, its pages at `url`, its clock at 10:00 in Washington on the day before an edition."""

    pipeline: Pipeline
    url: str
    outbox: Maildir
    clock: SetClock

    def send(self) -> None:
        """Send what is due."""
        apart(lambda: asyncio.run(self.pipeline.send()))

    def edition(self) -> None:
        """The week's edition, approved and sent."""
        apart(self.pipeline.collect)
        self.pipeline.desk.approve(self.pipeline.desk.compose("weekly"), by="test")
        self.send()

    def letters(self) -> list[EmailMessage]:
        """What arrived, oldest first."""
        names = reversed(self.outbox.names())
        stored = [found for name in names if (found := self.outbox.read(name))]
        return [email.message_from_bytes(one.content, EmailMessage, policy=SMTP) for one in stored]

    def link(self, page: str) -> str:
        """The link to one of our pages in the last letter that has it."""
        found = [match for letter in self.letters() for match in re.findall(rf"{self.url}/{page}/\S+", text(letter))]
        return str(found[-1]).partition("#")[0]

    def post(self, url: str, **form: str) -> str:
        with urlopen(Request(url, urlencode(form).encode()), timeout=10) as answer:
            return str(answer.read(), "utf-8")

    def sign_up(self, address: str) -> None:
        with urlopen(f"{self.url}/subscribe/weekly", timeout=10) as page:
            shown = hidden(page.read().decode(), "shown")
        self.clock.move(seconds=3)
        assert "Check your mail" in self.post(
            f"{self.url}/subscribe/weekly", email=address, everything="yes", shown=shown
        )
        self.send()

    def states(self) -> list[tuple[str, str]]:
        with self.pipeline.database.read() as session:
            return [(each.address, each.state) for each in list_subscribers(session)]

    def rows(self) -> list[object]:
        """Every row of every table."""
        with self.pipeline.database.read() as session:
            return [
                (table.name, *row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
            ]


def apart(work: Callable[[], object]) -> None:
    """Do something in a thread: Playwright keeps a loop running in ours."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(work).result()


def text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body
    return str(body.get_content())


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    shutil.copy(files.shipped("config.yaml"), tmp_path)
    clock = SetClock(TUESDAY)
    with bind("127.0.0.1:0") as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        monkeypatch.setenv("DIGEST_WEB_URL", url)
        monkeypatch.setenv("DIGEST_DATABASE_URL", database_url)
        settings = load(tmp_path / "config.yaml")
        wiring.initialise(settings).close()
        pipeline = wiring.open_pipeline(settings, clock)
        with serving(listening, create_app(open_door(settings, pipeline))):
            yield Place(pipeline, url, Maildir(tmp_path / "outbox"), clock)
        pipeline.database.close()


def press(page: "Page", name: str, then: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("heading", name=then).wait_for()


def test_from_the_form_to_the_last_letter(place: Place) -> None:
    with phone() as page:
        page.goto(f"{place.url}/")
        page.get_by_role("link", name="Receive expert foreign policy analysis").click()
        page.get_by_label("Your mail address").fill("ada@example.org")
        page.get_by_label("Taiwan").check()
        place.clock.move(seconds=5)
        press(page, "Sign up", "Check your mail")

        place.send()
        page.goto(place.link("confirm"))
        press(page, "Yes, send them to me", "Welcome")
        place.send()
        assert [letter["Subject"].partition(":")[0] for letter in place.letters()] == ["Please confirm", "Welcome"]

        page.goto(place.link("preferences"))
        page.get_by_label("Taiwan").uncheck()
        page.get_by_label("China").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("status").wait_for()

        place.clock.move(hours=23)
        place.edition()
        digest = place.letters()[-1]
        said = " ".join(text(digest).split())
        assert {title for title in CHINA if title in said} == CHINA
        assert ONLY_TAIWAN not in said

        page.goto(place.link("letters"))
        assert "PLA fired 27 rockets" in page.content()
        assert "ada@example.org" not in page.content()

    one_click = re.search(r"<(http[^>]+)>", digest["List-Unsubscribe"])
    assert one_click
    place.post(one_click[1], **{"List-Unsubscribe": "One-Click"})
    assert place.states() == [("ada@example.org", SubscriptionState.UNSUBSCRIBED)]
    place.send()
    assert place.letters()[-1]["Subject"] == digest["Subject"]  # nothing comes after it


def test_a_scanner_that_opens_every_link_changes_nothing(place: Place) -> None:
    every_letter(place)
    found = {link for letter in place.letters() for link in links(letter, place.url)}
    pages = {re.sub(rf"{place.url}/(\w*).*", r"\1", link) for link in found}
    assert pages >= {"confirm", "preferences", "unsubscribe", "account", "address", "subscribe", "letters"}
    before, seen, gone = place.rows(), set[str](), set[str]()
    with phone() as page:
        page.route(lambda url: not url.startswith(place.url), lambda route: route.abort())
        while found - seen:
            link = min(found - seen)
            seen.add(link)
            status, kind = head(link)
            if status == 404:
                gone.add(link)
            if kind not in ("text/html", "text/css"):
                continue  # a file, which a browser saves instead of showing it
            page.goto(link, wait_until="networkidle")
            found |= within(place.url, [urljoin(link, each) for each in hrefs(page.content())])
    assert place.rows() == before
    # What leads nowhere: the links of a letter in the browser, which are nobody's, and Leo's to confirm: he has left.
    assert sorted(link.split("/")[3] for link in gone) == ["confirm", "preferences", "unsubscribe"]
    assert any("/erase" in link for link in seen)
    assert any("/data.json" in link for link in seen)


def every_letter(place: Place) -> None:
    """Leave one letter of each kind in the outbox: two readers, one who left, one who has not answered."""
    for name in ("ann", "leo"):
        place.sign_up(f"{name}@example.org")
        place.post(place.link("confirm"))
        place.send()
    place.post(place.link("unsubscribe"), by="page")  # Leo's, in his welcome
    place.clock.move(hours=23)
    place.edition()
    place.sign_up("ann@example.org")  # a reader already: she gets a link to her account
    place.post(place.link("account") + "/address", email="ann@example.net")
    place.sign_up("eve@example.org")
    # To confirm (3), welcome (2), goodbye, her link, her new address, and the edition.
    assert len({(letter["Subject"], letter["To"]) for letter in place.letters()}) == 9


def head(link: str) -> tuple[int, str]:
    """Status and kind of what lies behind a link."""
    try:
        with urlopen(Request(link, method="HEAD"), timeout=10) as answer:
            return answer.status, answer.headers.get_content_type()
    except HTTPError as error:
        return error.code, error.headers.get_content_type()


def links(letter: EmailMessage, url: str) -> set[str]:
    """The links of a letter that lead to us: in its text, its HTML, its header."""
    body = letter.get_body(("html",))
    assert body
    header = re.findall(r"<(https?:[^>]+)>", str(letter["List-Unsubscribe"]))
    return within(url, [*re.findall(r"https?://[^\s<>]+", text(letter)), *header, *hrefs(str(body.get_content()))])


def hrefs(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"#]+)"', page)]


def within(url: str, found: Iterable[str]) -> set[str]:
    return {link.partition("#")[0] for link in found if link.startswith(url)}
