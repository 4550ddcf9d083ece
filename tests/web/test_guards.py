"""Forms that other sites send, where a request comes from, and what hostile requests get."""

import http.client
import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from digest.web.app import create_app
from digest.web.fields import read_fields
from digest.web.guards import is_from_elsewhere
from digest.web.network import origin_of
from tests.web.conftest import SQLITE, House, hidden

WEB = "https://letters.example.org/path"
# Every form that changes something, but for one-click and the one that other sites carry.
FORMS = [
    "/confirm/{confirm}",
    "/confirm/{confirm}/not-me",
    "/preferences/{preferences}",
    "/preferences/{preferences}/monthly",
    "/preferences/{preferences}/pause",
    "/preferences/{preferences}/resume",
    "/preferences/{preferences}/link",
    "/account/{account}/erase",
    "/account/{account}/address",
    "/address/{address}",
]


def filled(house: House, pattern: str) -> str:
    """A path with Jane's tokens in it."""
    return pattern.format(
        unsubscribe=house.token("unsubscribe"),
        preferences=house.token("preferences"),
        confirm=house.fresh("confirm"),
        account=house.fresh("account"),
        address=house.fresh("address", "new@example.org"),
    )


# ── other sites ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://letters.example.org"},
        {"origin": "https://evil.example"},
    ],
    ids=lambda headers: next(iter(headers.values())),
)
@SQLITE
def test_no_other_site_presses_a_button_of_ours(
    house: House, client: TestClient[Litestar], headers: dict[str, str]
) -> None:
    rows = house.rows()
    form = {"topic": "china", "email": "new@example.org"}
    for pattern in FORMS:
        answer = client.post(filled(house, pattern), data=form, headers=headers)
        assert (answer.status_code, "sent from another site" in answer.text) == (403, True), pattern
        assert house.rows() == rows


def test_every_route_that_acts_is_among_them(house: House) -> None:
    routes = {
        re.sub(r"\{(\w+):str\}", "*", route.path)
        for route in create_app(house.door).routes
        if "POST" in getattr(route, "methods", ())
    }
    exempt = {"/subscribe/*", "/unsubscribe/*"}
    assert routes - exempt == {re.sub(r"\{\w+\}", "*", pattern) for pattern in FORMS}


@pytest.mark.parametrize(
    ("method", "fetch_site", "origin", "refused"),
    [
        ("GET", "cross-site", "https://evil.example", False),
        ("HEAD", "cross-site", None, False),
        ("POST", "same-origin", "null", False),
        ("POST", "none", None, False),
        ("POST", "same-site", None, True),
        ("POST", "cross-site", None, True),
        ("POST", "", None, True),
        ("POST", None, None, False),
        ("POST", None, "null", False),
        ("POST", None, "https://letters.example.org", False),
        ("POST", None, "https://LETTERS.example.org:443", False),
        ("POST", None, "http://letters.example.org", True),
        ("POST", None, "https://letters.example.org:8443", True),
        ("POST", None, "https://letters.example.org.evil.example", True),
        ("POST", None, "https://letters.example.org:port", True),
        ("POST", None, "", True),
    ],
)
def test_where_a_form_comes_from(method: str, fetch_site: str | None, origin: str | None, refused: bool) -> None:
    assert is_from_elsewhere(method, fetch_site, origin, WEB) is refused


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_one_click_works_from_wherever_it_comes(house: House, client: TestClient[Litestar], form: str) -> None:
    path = filled(house, "/unsubscribe/{unsubscribe}")
    headers = {"origin": "https://mail.example.com", "sec-fetch-site": "cross-site"}
    content = {"List-Unsubscribe": "One-Click"}
    if form == "urlencoded":
        assert client.post(path, data=content, headers=headers).status_code == 200
    else:
        files = {name: (None, value) for name, value in content.items()}
        assert client.post(path, files=files, headers=headers).status_code == 200


# ── networks ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.5", ["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        ("10.0.0.5", ["203.0.113.9", "192.0.2.7, 10.9.9.9"], "192.0.2.7"),
        ("10.0.0.5", ["10.0.0.6,10.0.0.7"], "10.0.0.6"),
        ("10.0.0.5", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.5", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("::ffff:10.0.0.5", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.5", ["203.0.113.9, unknown"], ""),
        ("", ["203.0.113.9"], ""),
        ("127.0.0.1", ["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        ("::1", [], ""),
    ],
)
def test_where_a_request_comes_from(peer: str, forwarded: list[str], found: str) -> None:
    assert origin_of(peer, forwarded, ("10.0.0.0/8",)) == found


@given(st.text(), st.lists(st.text()))
def test_no_header_breaks_it(peer: str, forwarded: list[str]) -> None:
    origin_of(peer, forwarded, ("10.0.0.0/8", "2001:db8::/32"))


# ── hostile requests ────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = [
    "/",
    "/privacy",
    "/subscribe/weekly",
    "/embed/weekly",
    "/unsubscribe/{unsubscribe}",
    "/account/{account}",
    "/account/{account}/data.json",
    "/letters/" + "a" * 24,
    "/events/1.ics",
    "/static/style.css",
    "/health",
    # Without the one that erases her: what comes after would meet nobody.
    *(pattern for pattern in FORMS if not pattern.endswith("/erase")),
]
TEXTS = st.text(max_size=30) | st.sampled_from(["\x00", "\xed\xa0\x80", "../", "*", "ada@example.org"])
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
HEADERS = st.dictionaries(
    st.sampled_from(["origin", "sec-fetch-site", "x-forwarded-for", "content-type", "accept", "cookie"]),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])),
    max_size=3,
).map(lambda headers: [(name.encode(), value.encode("latin-1")) for name, value in headers.items()])
FIELDS = st.sampled_from(["email", "topic", "everything", "rhythm", "language", "website", "by"])


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_comes_is_answered_and_never_with_a_fault_of_ours(
    house: House, client: TestClient[Litestar], data: st.DataObject
) -> None:
    path = filled(house, data.draw(st.sampled_from(PAGES)))
    if data.draw(st.integers(0, 3)) == 0:
        cut = data.draw(st.integers(0, len(path)))
        path = "/" + quote(path[1:cut] + data.draw(TEXTS), safe="/")
    shown = hidden(client.get("/subscribe/weekly").text, "shown")
    house.clock.move(seconds=3)
    form = {**data.draw(st.dictionaries(FIELDS, TEXTS)), "shown": data.draw(st.sampled_from([shown, "x"]))}
    answer = client.request(
        data.draw(METHODS),
        path,
        params=data.draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        headers=data.draw(HEADERS),
        content=data.draw(st.just(urlencode(form).encode()) | st.binary(max_size=100)),
    )
    assert answer.status_code < 500


@given(st.binary())
def test_any_body_has_fields(body: bytes) -> None:
    fields = read_fields(body)
    assert len(fields.one("email")) <= 1000
    assert set(fields.chosen("topic", ["a", "b"])) <= {"a", "b"}


@SQLITE
@pytest.mark.parametrize(
    "line",
    [b"GET /%00 HTTP/1.1", b"GET /preferences/%ff%fe HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET //evil.example/ HTTP/1.1"],
)
def test_what_no_client_would_send_gets_an_answer(url: str, line: bytes) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.connect()
    connection.sock.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = connection.sock.recv(65536)
    connection.close()
    assert re.match(rb"HTTP/1.1 4\d\d ", answer)
