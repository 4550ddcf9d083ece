"""What holds for every page: reading never acts, headers, errors in words, and a path in front."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from digest.types import Brand
from digest.web import create_app
from tests.web.conftest import SQLITE, House, make_door

PAGES = [
    "/",
    "/health",
    "/privacy",
    "/static/style.css",
    "/subscribe/weekly",
    "/embed/weekly",
    "/confirm/{confirm}",
    "/confirm/{confirm}/not-me",
    "/unsubscribe/{unsubscribe}",
    "/preferences/{preferences}",
    "/preferences/{preferences}/pause",
    "/account/{account}",
    "/account/{account}/data.json",
    "/account/{account}/erase",
    "/account/{account}/address",
    "/address/{address}",
    "/letters/nothing",
    "/events/1.ics",
    "/nowhere",
]


@pytest.fixture
def quiet_client(house: House) -> Iterator[TestClient[Litestar]]:
    """A client that sees the page of an error instead of the error."""
    with TestClient(create_app(house.door), raise_server_exceptions=False) as client:
        yield client


def path(house: House, pattern: str) -> str:
    return pattern.format(
        unsubscribe=house.token("unsubscribe"),
        preferences=house.token("preferences"),
        confirm=house.fresh("confirm"),
        account=house.fresh("account"),
        address=house.fresh("address", "new@example.org"),
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_changes_no_row(house: House, client: TestClient[Litestar], method: str) -> None:
    rows = house.rows()
    for pattern in PAGES:
        assert client.request(method, path(house, pattern)).status_code < 500, pattern
        assert house.rows() == rows, pattern


@SQLITE
def test_head_is_answered_like_get_without_a_body(house: House, client: TestClient[Litestar]) -> None:
    for pattern in PAGES:
        head, get = client.head(path(house, pattern)), client.get(path(house, pattern))
        assert (head.status_code, head.content) == (get.status_code, b""), pattern


@SQLITE
def test_every_page_is_strict_and_sets_no_cookie(house: House, client: TestClient[Litestar]) -> None:
    for pattern in PAGES:
        headers = client.get(path(house, pattern)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'"), pattern
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")
        assert "set-cookie" not in headers


@SQLITE
@pytest.mark.parametrize("pattern", ["/", "/unsubscribe/{unsubscribe}", "/preferences/{preferences}", "/nowhere"])
def test_what_is_shown_is_escaped(house: House, client: TestClient[Litestar], pattern: str) -> None:
    page = client.get(path(house, pattern)).text
    assert "Example &lt;Priorities&gt;" in page
    assert "<Priorities>" not in page


def test_every_other_method_is_refused_in_words(house: House, client: TestClient[Litestar]) -> None:
    answer = client.delete(path(house, "/unsubscribe/{unsubscribe}"))
    assert (answer.status_code, "Method Not Allowed" in answer.text) == (405, True)


def test_a_body_without_end_is_not_read(house: House, client: TestClient[Litestar]) -> None:
    answer = client.post(path(house, "/preferences/{preferences}"), content=b"topic=asia&" * 10_000)
    assert answer.status_code == 413
    assert house.standing().topics == ("asia", "nato")


def test_health_asks_the_database(client: TestClient[Litestar]) -> None:
    assert client.get("/health").text == "ok\n"


def test_a_fault_of_ours_is_a_page_without_details(house: House, quiet_client: TestClient[Litestar]) -> None:
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE subscriptions RENAME TO gone")
    answer = quiet_client.get(path(house, "/preferences/{preferences}"))
    assert (answer.status_code, "Something went wrong" in answer.text) == (500, True)
    assert "subscriptions" not in answer.text


def test_a_path_in_the_public_address_begins_every_route_and_link(house: House) -> None:
    door = make_door(house.database, "https://example.org/letters", house.clock)
    links = set[str]()
    with TestClient(create_app(door)) as client:
        for pattern in PAGES[:-1]:
            page = client.get("/letters" + path(house, pattern)).text
            links |= set(re.findall(r'(?:href|action)="([^"]+)"', page)) - {door.brand.url}
        form = {"email": "ada@example.org", "topic": "asia"}
        links |= set(re.findall(r'action="([^"]+)"', client.post("/letters/subscribe/weekly", data=form).text))
        assert {link for link in links if not link.startswith("/letters/")} == set()
        assert 'action="https://example.org/letters/subscribe/weekly"' in html.unescape(
            client.get("/letters/embed/weekly").text
        )
        assert {client.get(link).status_code for link in links} == {200}


def test_the_pages_have_the_colours_and_fonts_of_the_site(house: House) -> None:
    brand = Brand("X", "", "https://x.example.org", "Here", "#17365d", "#9fc1ea", "Merriweather, serif", "'Open Sans'")
    with TestClient(create_app(replace(house.door, brand=brand))) as client:
        style = client.get("/static/style.css").text
    assert [value in style for value in ("#17365d", "#9fc1ea", "Merriweather, serif;", "'Open Sans';")] == [True] * 4
