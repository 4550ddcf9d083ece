"""Dead links, asked of a server on loopback."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from digest import gate
from digest.collect import open_fetch


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path[1:4]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """A server that answers `/404` with 404."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_dead_links_are_found_and_shy_servers_are_not(site: str) -> None:
    async def ask() -> list[gate.Finding]:
        async with open_fetch("", allow_private=True) as fetch:
            return await gate.dead_links([f"{site}/{code}" for code in (200, 404, 410, 403, 429, 500, 404)], fetch)

    found = [(finding.place.rpartition("/")[2], str(finding.level)) for finding in asyncio.run(ask())]
    assert found == [("404", "error"), ("410", "error"), ("500", "warning")]


def test_our_own_links_are_not_asked(letter: bytes) -> None:
    links = gate.foreign_links(letter, "https://letters.example.org")
    assert links
    assert not [link for link in links if "letters.example.org" in link]
