"""Signing up: what is stored and what is not, the form on other sites, and that it is no way to flood a stranger."""

import html
import re
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from digest.web import create_app
from subscribers import Reason, SubscriptionState, address_key, parse_address, suppress
from subscribers.limits import PER_ADDRESS_A_DAY, PER_NETWORK_AN_HOUR
from subscribers.models import Consent
from tests.web.conftest import KEYS, NOW, SQLITE, WORDS, House, hidden, served

PAGE = "/subscribe/weekly"


def signed(house: House, client: TestClient[Litestar]) -> str:
    """The time in a form that was opened three seconds ago."""
    shown = hidden(client.get(PAGE).text, "shown")
    house.clock.move(seconds=3)
    return shown


def form(email: str = "ada@example.org", **more: str | list[str]) -> dict[str, str | list[str]]:
    return {"email": email, "topic": ["asia", "china"], "website": "", **more}


def last_via(house: House) -> str | None:
    with house.database.read() as session:
        return session.scalar(select(Consent.via).order_by(Consent.id.desc()))


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────


@SQLITE
def test_the_page_says_what_comes_and_ticks_nothing(client: TestClient[Litestar]) -> None:
    page = client.get(PAGE).text
    for words in (
        WORDS.heading,
        WORDS.lead,
        WORDS.text,
        "Yes, send me &lt;Expert analysis&gt;, on the topics I chose.",
    ):
        assert words in page
    assert re.findall(r"<legend>(.*?)</legend>", page) == ["Policy topics", "Programs"]
    assert "checked" not in page
    assert client.get("/privacy").status_code == 200


@SQLITE
def test_the_first_page_leads_to_each_newsletter(client: TestClient[Litestar]) -> None:
    assert f'href="{PAGE}"' in client.get("/").text


@SQLITE
@pytest.mark.parametrize("path", ["/subscribe/nothing", "/embed/nothing"])
def test_a_newsletter_that_is_not_there_is_not_found(client: TestClient[Litestar], path: str) -> None:
    assert (client.get(path).status_code, client.post("/subscribe/nothing", data=form()).status_code) == (404, 404)


def test_a_filled_form_waits_for_her_word(house: House, client: TestClient[Litestar]) -> None:
    answer = client.post(PAGE, data=form(shown=signed(house, client)))
    assert (answer.status_code, "Check your mail" in answer.text) == (200, True)
    stands = house.standing("ada@example.org")
    assert (stands.state, stands.topics) == (SubscriptionState.PENDING, ("asia", "china"))
    assert [(letter.letter, letter.subscriber_id) for letter in house.letters()] == [("confirm", stands.subscriber_id)]
    with house.database.read() as session:
        kept = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert kept is not None
    assert (kept.act, kept.via, kept.wording) == ("subscribed", "sign-up page", WORDS.wording)


def test_everything_is_every_topic(house: House, client: TestClient[Litestar]) -> None:
    client.post(PAGE, data={"email": "ada@example.org", "everything": "yes", "shown": signed(house, client)})
    assert house.standing("ada@example.org").topics is None


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "it is empty"),
        ("ada", "@-sign"),
        ("ada@nowhere", "not valid"),
        ('"><script>alert(1)</script>', "@-sign"),
        ("a\x00b@example.org", ""),
        ("a" * 5000 + "@example.org", ""),
    ],
)
def test_a_bad_address_is_refused_in_words_and_kept(
    house: House, client: TestClient[Litestar], typed: str, problem: str
) -> None:
    rows = house.rows()
    answer = client.post(PAGE, data=form(typed, shown=signed(house, client)))
    assert (answer.status_code, "Please look at your address once more" in answer.text) == (422, True)
    assert problem in answer.text
    assert "<script>" not in answer.text
    if typed == "ada":
        assert 'value="ada"' in answer.text
    assert re.findall(r'value="([a-z]+)" checked', answer.text) == ["china", "asia"]
    assert house.rows() == rows


@SQLITE
def test_no_topic_is_asked_for(house: House, client: TestClient[Litestar]) -> None:
    rows = house.rows()
    answer = client.post(PAGE, data={"email": "ada@example.org", "shown": signed(house, client)})
    assert (answer.status_code, "Please tick at least one topic" in answer.text) == (422, True)
    assert 'value="ada@example.org"' in answer.text
    assert house.rows() == rows


# ── forms that are not ours, too quick, too old, or filled by a program ─────────────────────────────────────────────


def test_the_form_of_another_site_stores_nothing_before_one_more_button(
    house: House, client: TestClient[Litestar]
) -> None:
    rows = house.rows()
    elsewhere = {"origin": "https://www.example.com", "sec-fetch-site": "cross-site"}
    answer = client.post(PAGE, data=form(), headers=elsewhere)
    assert (answer.status_code, "One more step" in answer.text) == (200, True)
    assert "ada@example.org" in answer.text
    assert "China, Asia" in answer.text
    assert house.rows() == rows
    house.clock.move(seconds=3)
    button = {
        "email": hidden(answer.text, "email"),
        "topic": re.findall(r'name="topic" value="(.*?)"', answer.text),
        "shown": hidden(answer.text, "shown"),
    }
    assert "Check your mail" in client.post(PAGE, data=button).text
    assert last_via(house) == "embedded form"
    assert house.standing("ada@example.org").topics == ("asia", "china")


@SQLITE
def test_a_signed_time_from_another_site_is_not_enough(house: House, client: TestClient[Litestar]) -> None:
    rows, shown = house.rows(), signed(house, client)
    answer = client.post(PAGE, data=form(shown=shown), headers={"sec-fetch-site": "cross-site"})
    assert "One more step" in answer.text
    assert house.rows() == rows


@SQLITE
def test_who_is_too_quick_presses_once_more(house: House, client: TestClient[Litestar]) -> None:
    rows = house.rows()
    shown = hidden(client.get(PAGE).text, "shown")
    house.clock.move(seconds=1.9)
    answer = client.post(PAGE, data=form(shown=shown))
    assert "One more step" in answer.text
    assert house.rows() == rows
    house.clock.move(seconds=0.1)
    assert "Check your mail" in client.post(PAGE, data=form(shown=hidden(answer.text, "shown"))).text


@SQLITE
def test_an_old_form_is_asked_once_more(house: House, client: TestClient[Litestar]) -> None:
    rows, shown = house.rows(), signed(house, client)
    house.clock.move(hours=12)
    answer = client.post(PAGE, data=form(shown=shown))
    assert ("One more step" in answer.text, house.rows() == rows) == (True, True)
    house.clock.move(seconds=3)
    client.post(PAGE, data=form(shown=hidden(answer.text, "shown")))
    assert last_via(house) == "sign-up page"


@SQLITE
@pytest.mark.parametrize("shown", ["nonsense", "AAAA.BBBB", ""])
def test_a_time_that_we_did_not_sign_counts_for_nothing(house: House, client: TestClient[Litestar], shown: str) -> None:
    rows = house.rows()
    assert "One more step" in client.post(PAGE, data=form(shown=shown)).text
    assert house.rows() == rows


@SQLITE
def test_a_program_that_fills_every_field_is_answered_alike_and_stores_nothing(
    house: House, client: TestClient[Litestar]
) -> None:
    rows, shown = house.rows(), signed(house, client)
    filled = client.post(PAGE, data=form(shown=shown, website="https://spam.example"))
    assert house.rows() == rows
    assert filled.text == client.post(PAGE, data=form(shown=shown)).text


@SQLITE
def test_the_snippet_is_plain_html_that_works_from_elsewhere(house: House, client: TestClient[Litestar]) -> None:
    shown = re.search(r"<pre[^>]*><code>(.*?)</code></pre>", client.get("/embed/weekly").text, re.DOTALL)
    assert shown
    snippet = html.unescape(shown[1])
    assert snippet.startswith('<form method="post" action="https://letters.example.org/subscribe/weekly">')
    assert "script" not in snippet
    assert "style" not in snippet
    assert re.findall(r'name="topic" value="([a-z]+)"', snippet) == ["china", "nato", "syria", "asia"]
    assert '<input name="website"' in snippet


# ── nobody learns who is on the list, and nobody is flooded ─────────────────────────────────────────────────────────


def test_every_address_gets_the_same_answer(house: House, client: TestClient[Litestar]) -> None:
    for address, reason in (("sue@example.org", Reason.COMPLAINT), ("leo@example.org", Reason.UNSUBSCRIBED)):
        with house.database.write() as session:
            suppress(session, address_key(parse_address(address), KEYS.address), reason, via="test", now=NOW)
    shown = signed(house, client)
    answers = set()
    for name in ("jane", "ada", "ada", "sue", "leo"):  # a reader; a stranger; one too many; a complaint; who left
        answer = client.post(PAGE, data=form(f"{name}@example.org", shown=shown))
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        answers.add((answer.status_code, answer.text.replace(f"{name}@example.org", "HER"), str(headers)))
    assert len(answers) == 1
    # The reader gets a link instead, to her own mailbox.
    assert [letter.letter for letter in house.letters()] == ["preferences-link", "confirm", "confirm"]


@SQLITE
def test_a_thousand_sign_ups_for_a_stranger_are_one_letter(house: House, client: TestClient[Litestar]) -> None:
    shown = signed(house, client)
    answers = {
        client.post(
            PAGE,
            data=form(_spelling(number), shown=shown),
            headers={"x-forwarded-for": f"198.51.{number % 250}.{number // 250}"},
        ).text.replace(_spelling(number), "HER")
        for number in range(1000)
    }
    unknown = client.post(PAGE, data=form("somebody@example.net", shown=shown)).text
    assert len(answers | {unknown.replace("somebody@example.net", "HER")}) == 1
    to_her = [
        letter for letter in house.letters("confirm") if letter.subscriber_id != house.letters()[-1].subscriber_id
    ]
    assert len(to_her) == PER_ADDRESS_A_DAY == 1


def _spelling(number: int) -> str:
    """The same mailbox, spelt in four ways."""
    return ("eve@example.net", "EVE@example.net", "Eve@EXAMPLE.net", "eve@Example.Net")[number % 4]


def test_limits_count_networks_as_a_proxy_names_them(house: House) -> None:
    # What she writes in front herself does not count.
    one_network = [f"203.0.{number}.1, 192.0.2.{number}" for number in range(PER_NETWORK_AN_HOUR + 5)]
    with served(create_app(house.door)) as url:
        with urlopen(url + PAGE, timeout=10) as page:
            shown = hidden(page.read().decode(), "shown")
        house.clock.move(seconds=3)
        for number, forwarded in enumerate([*one_network, "192.0.3.1"]):
            body = urlencode(form(f"a@d{number}.example.org", shown=shown), doseq=True).encode()
            with urlopen(Request(url + PAGE, body, {"X-Forwarded-For": forwarded}), timeout=10) as answer:
                assert b"Check your mail" in answer.read()
    assert len(house.letters("confirm")) == PER_NETWORK_AN_HOUR + 1
