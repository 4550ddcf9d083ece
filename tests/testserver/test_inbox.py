"""The inbox as a browser sees it: everything in a message is hostile."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from digest.testserver.inbox import make_app
from digest.testserver.maildir import Maildir, Stored
from digest.testserver.shown import show

LETTER = (
    b"From: News <news@example.org>\r\nSubject: =?utf-8?q?A_caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nplain words\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<!doctype html><html><head></head><body>rich words</body></html>\r\n--b--"
)


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "store")


@pytest.fixture
def browser(maildir: Maildir) -> Any:
    with TestClient(make_app(maildir.path)) as client:
        yield client


def test_the_list_shows_the_newest_first(maildir: Maildir, browser: Any) -> None:
    for number in (1, 2):
        maildir.store("n@example.org", ["ann@example.com"], b"Subject: number %d\r\n\r\n" % number)
    page = browser.get("/").text
    assert page.index("number 2") < page.index("number 1")
    assert "2 messages" in page


def test_an_empty_inbox_says_so(browser: Any) -> None:
    assert "Nothing has arrived yet" in browser.get("/").text


def test_a_long_list_has_pages(maildir: Maildir, browser: Any) -> None:
    for number in range(51):
        maildir.store("n@example.org", ["ann@example.com"], b"Subject: number %d.\r\n\r\n" % number)
    assert "number 0." not in browser.get("/").text
    assert "number 0." in browser.get("/?page_number=2").text


def test_a_letter_shows_text_headers_html_and_source(maildir: Maildir, browser: Any) -> None:
    maildir.store("n@example.org", ["ann@example.com"], LETTER)
    (name,) = maildir.names()
    page = browser.get(f"/{name}").text
    assert "A café" in page
    assert "plain words" in page
    assert '<base target="_blank"></head>' in browser.get(f"/{name}/html").text
    assert "=?utf-8?q?A_caf" in browser.get(f"/{name}/source").text


def test_html_is_shown_in_a_sandbox_without_scripts(maildir: Maildir, browser: Any) -> None:
    maildir.store("n@example.org", ["ann@example.com"], LETTER)
    (name,) = maildir.names()
    policy = browser.get(f"/{name}/html").headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in browser.get(f"/{name}").text


def test_markup_in_headers_and_text_is_escaped(maildir: Maildir, browser: Any) -> None:
    maildir.store("n@example.org", ["<b>@example.com"], b"Subject: <script>1</script>\r\n\r\n<script>2</script>\r\n")
    (name,) = maildir.names()
    pages = browser.get("/").text + browser.get(f"/{name}").text
    assert "<script>" not in pages
    assert "<b>" not in pages


def test_the_source_is_never_taken_for_html(maildir: Maildir, browser: Any) -> None:
    maildir.store("n@example.org", ["ann@example.com"], b"Subject: x\r\n\r\n<script>1</script>\r\n")
    answer = browser.get(f"/{maildir.names()[0]}/source")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["nobody", "..", "%2e%2e", "..%2f..%2fsecret", ".hidden", "%00"])
def test_only_messages_can_be_read(name: str, maildir: Maildir, browser: Any) -> None:
    (maildir.path / "secret").write_text("secret")
    (maildir.path / "new" / ".hidden").write_text("secret")
    answer = browser.get(f"/{name}/source")
    assert answer.status_code == 404
    assert answer.text != "secret"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_only_ever_reads(method: str, browser: Any) -> None:
    assert getattr(browser, method)("/").status_code == 405


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda noise: LETTER.replace(b"plain", noise)))
def test_any_bytes_can_be_shown(content: bytes) -> None:
    assert show(Stored("1", content)).size == len(content)


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: text/plain; charset=no-such\r\n\r\nwords",
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"From: <<<>>>@@@\r\nDate: never\r\nSubject: =?utf-8?b?!!!?=\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n",
        b"Message-ID: <[\r\n\r\n",
    ],
)
def test_a_broken_message_shows_what_it_can(content: bytes) -> None:
    assert show(Stored("1", content)).headers
