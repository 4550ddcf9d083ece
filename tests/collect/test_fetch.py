"""Fetching over real sockets: limits, redirects, conditions, and failures in words."""

import asyncio
import gzip
import socket
import sys
import zlib
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any

import aiohttp
import pytest

from digest.collect import fetch as fetch_module
from digest.collect import open_fetch
from digest.errors import FetchError
from digest.types import Page, Validators


def get(url: str, **options: Any) -> Page:
    async def run() -> Page:
        async with open_fetch("https://www.example.org", allow_private=True) as fetch:
            return await fetch(url, **options)

    return asyncio.run(run())


def refusal(url: str) -> str:
    with pytest.raises(FetchError) as caught:
        get(url)
    assert url in str(caught.value)
    return str(caught.value)


def test_page_comes_with_lower_case_headers(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(b"hello", headers={"ETag": '"1"', "X-Some": "thing"})
    page = get(site.url + "/a")
    assert (page.status, page.body, page.headers["x-some"]) == (200, b"hello", "thing")
    assert page.validators == Validators('"1"')


def test_we_say_who_we_are(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(b"hello")
    get(site.url + "/a")
    assert site.asked[0].headers["user-agent"].startswith("expert-digest/")
    assert site.asked[0].headers["user-agent"].endswith(" (+https://www.example.org)")


def test_conditional_request_that_changes_nothing(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(status=304)
    page = get(site.url + "/a", validators=Validators('"1"', "Mon, 05 Jan 2026 10:00:00 GMT"))
    assert (page.status, page.body) == (304, b"")
    assert site.asked[0].headers["if-none-match"] == '"1"'
    assert site.asked[0].headers["if-modified-since"] == "Mon, 05 Jan 2026 10:00:00 GMT"


def test_no_condition_without_validators(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(b"hello")
    get(site.url + "/a", validators=Validators())
    assert not {"if-none-match", "if-modified-since"} & site.asked[0].headers.keys()


@pytest.mark.parametrize(
    ("status", "words"), [(404, "404 Not Found"), (500, "500 Internal Server Error"), (599, "599")]
)
def test_error_status_in_words(site: Any, answer: Any, status: int, words: str) -> None:
    site.answers["/a"] = answer(b"oops", status)
    assert refusal(site.url + "/a") == f"the server says {words} for {site.url}/a"


def test_accepted_error_status_is_a_page(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(b"past the end", 400)
    assert get(site.url + "/a", accept=(400,)).status == 400


def test_redirects_are_followed(site: Any, answer: Any) -> None:
    for step in range(5):
        site.answers[f"/{step}"] = answer(status=302, headers={"Location": f"/{step + 1}"})
    site.answers["/5"] = answer(b"there")
    assert get(site.url + "/0").url == site.url + "/5"


def test_redirect_loop_is_left(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(status=302, headers={"Location": "/b"})
    site.answers["/b"] = answer(status=302, headers={"Location": "/a"})
    assert "from page to page" in refusal(site.url + "/a")
    assert len(site.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "http://", "//[:"])
def test_redirect_to_anything_but_the_web_is_refused(site: Any, answer: Any, target: str) -> None:
    site.answers["/a"] = answer(status=302, headers={"Location": target})
    assert "sends us on to" in refusal(site.url + "/a")


def test_200_megabytes_are_not_read_to_the_end(site: Any, answer: Any) -> None:
    written = []

    def flood() -> Iterator[bytes]:
        for _ in range(200):
            written.append(1)
            yield b"x" * 1_000_000

    site.answers["/a"] = answer(flood())
    assert "larger than 20 MB" in refusal(site.url + "/a")
    assert len(written) < 100


def test_answer_that_breaks_off(site: Any, answer: Any) -> None:
    site.answers["/a"] = answer(b"half", headers={"Content-Length": "1000"})
    assert "broke off" in refusal(site.url + "/a")


def test_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "_TIMEOUT", aiohttp.ClientTimeout(sock_read=0.01))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "did not answer in time" in refusal(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "no connection to the server" in refusal(f"http://127.0.0.1:{port}/")


def test_https_where_only_http_is_spoken(site: Any) -> None:
    refusal(site.url.replace("http:", "https:"))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1/", "feed.xml", ""])
def test_only_web_addresses_are_fetched(url: str) -> None:
    assert "neither an http nor an https address" in refusal(url)


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://a b/", "http://127.0.0.1:99999/", "http://" + "a" * 300]
)
def test_addresses_that_are_none(url: str) -> None:
    refusal(url)


def test_who_logs_in_does_so_at_one_origin_only(site: Any, answer: Any) -> None:
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    site.answers["/a"] = answer(status=302, headers={"Location": "/b"})
    site.answers["/b"] = answer(status=302, headers={"Location": elsewhere + "/c"})
    get(site.url + "/a", login=("ann", "secret"), accept=(404,))
    assert [asked.headers.get("authorization") for asked in site.asked] == ["Basic YW5uOnNlY3JldA=="] * 2 + [None]


ZSTD = "backports.zstd" if sys.version_info < (3, 14) else "compression.zstd"
PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(import_module("brotli").compress, quality=1),
    "zstd": import_module(ZSTD).compress,
}


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_is_packed_is_unpacked(site: Any, answer: Any, encoding: str) -> None:
    pack = PACKERS[encoding]
    site.answers["/a"] = answer(pack(b"hello"), headers={"Content-Encoding": encoding})
    site.answers["/bomb"] = answer(pack(bytes(30_000_000)), headers={"Content-Encoding": encoding})
    assert get(site.url + "/a").body == b"hello"
    assert "larger than 20 MB" in refusal(site.url + "/bomb")
