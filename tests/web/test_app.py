"""What holds for every page: reading never acts, headers, errors in words, and a path in front."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from digest.web import create_app
from tests.web.conftest import House, make_door

PAGES = [
    "/",
    "/health",
    "/static/style.css",
    "/unsubscribe/{unsubscribe}",
    "/preferences/{preferences}",
    "/events/1.ics",
    "/nowhere",
]


@pytest.fixture
def quiet_client(house: House) -> Iterator[TestClient[Litestar]]:
    """A client that sees the page of an error instead of the error."""
    with TestClient(create_app(house.door), raise_server_exceptions=False) as client:
        yield client


def path(house: House, pattern: str) -> str:
    return pattern.format(unsubscribe=house.token("unsubscribe"), preferences=house.token("preferences"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("pattern", PAGES)
def test_reading_changes_no_row(house: House, client: TestClient[Litestar], method: str, pattern: str) -> None:
    rows = house.rows()
    answer = client.request(method, path(house, pattern))
    assert answer.status_code < 500
    assert house.rows() == rows


@pytest.mark.parametrize("pattern", PAGES)
def test_head_is_answered_like_get_without_a_body(house: House, client: TestClient[Litestar], pattern: str) -> None:
    head, get = client.head(path(house, pattern)), client.get(path(house, pattern))
    assert (head.status_code, head.content) == (get.status_code, b"")


@pytest.mark.parametrize("pattern", PAGES)
def test_every_page_is_strict_and_sets_no_cookie(house: House, client: TestClient[Litestar], pattern: str) -> None:
    headers = client.get(path(house, pattern)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")
    assert "set-cookie" not in headers


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
    app = create_app(make_door(house.database, "https://example.org/letters/"))
    with TestClient(app) as client:
        page = client.get(f"/letters/unsubscribe/{house.token('unsubscribe')}").text
        assert 'href="/letters/static/style.css"' in page
        assert client.get("/letters/static/style.css").status_code == 200
        assert 'action="/letters/unsubscribe/' in page
