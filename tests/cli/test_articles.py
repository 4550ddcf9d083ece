"""`digest articles` and `digest topics`: what is understood of the sample, and of a page added by hand."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

Cli = Any  # tests/conftest.py
NOW = "2026-01-07T14:00:00+00:00"
PAGE = b"""<!doctype html><html lang="de"><head><title>Was die NATO braucht</title>
<meta property="og:site_name" content="Die Zeitung"><meta property="article:published_time" content="2026-01-06">
<meta name="description" content="Ein Kommentar."></head><body><h1>Was die NATO braucht</h1>
<p>By Ann Lee</p></body></html>"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_there = self.path.startswith("/artikel")
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE if is_there else b"gone")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def outlet() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def collected(cli: Cli) -> Cli:
    cli("init", now=NOW)
    cli("collect", now=NOW)
    return cli


def test_the_sample_is_understood_fully(collected: Cli) -> None:
    rows = json.loads(collected("articles", "--json", now=NOW).stdout)
    article = next(row for row in rows if row["title"].startswith("Bridging the divide"))
    assert article["published_at"].startswith("2023-08-17")
    assert (article["by"], article["featuring"], article["kind"]) == (["Daniel DePetris"], [], "op-ed")
    assert (article["categories"], article["topics"]) == (["Asia", "Alliances"], ["asia", "alliances"])
    assert article["outlet"] == "Lowy Institute"
    assert article["outlet_url"].startswith("https://www.lowyinstitute.org/")
    assert article["excerpt"].startswith("The Philippines may be the oldest US treaty ally in Asia")
    assert [place["source"] for place in article["places"]] == ["sample"]
    in_the_media = [row for row in rows if row["kind"] == "in-the-media"]
    assert [row["featuring"] for row in in_the_media] == [["Lyle Goldstein"]] * 3
    events = {row["starts_at"][:10]: row for row in rows if row["kind"] == "event"}
    assert sorted(events) == ["2024-01-24", "2025-04-03", "2025-06-10"]
    assert {row["mode"] for row in events.values()} == {"virtual"}
    assert events["2024-01-24"]["topics"] == ["china", "asia", "grand-strategy", "military-analysis"]
    assert "event 1" in collected("articles", now=NOW).stdout


def test_why_an_article_is_filed_where(collected: Cli) -> None:
    shown = collected("topics", "explain", "1", now=NOW).stdout
    assert "Bridging the divide" in shown
    assert "tags: op-ed" in shown
    rows = json.loads(collected("topics", "explain", "event 1", "--json", now=NOW).stdout)
    assert {row["topic"]: row["rules"] for row in rows}["military-analysis"] == [
        "Basing and force posture",
        "Burden sharing",
    ]
    assert "there is no article '99'" in collected("topics", "explain", "99", code=1, now=NOW).stderr
    topics = json.loads(collected("topics", "--json", now=NOW).stdout)
    assert topics[1] == {
        "topic": "taiwan",
        "name": "Taiwan",
        "group": "Policy topics",
        "match": ["Taiwan", "China‑Taiwan"],
        "newsletters": ["weekly"],
    }


def test_a_page_is_added_by_hand(collected: Cli, outlet: str) -> None:
    url = f"{outlet}/artikel/nato?utm_source=mail"
    added = collected("articles", "add", url, "--kind", "op-ed", "--category", "NATO", "--allow-private", now=NOW)
    assert "Was die NATO braucht (op-ed; nato)" in added.stdout
    assert "1 new item, 0 changed" in added.stdout
    again = collected("articles", "add", url, "--kind", "op-ed", "--category", "NATO", "--allow-private", now=NOW)
    assert "0 new items, 0 changed" in again.stdout
    row = json.loads(collected("articles", "--json", now=NOW).stdout)[0]
    assert (row["by"], row["outlet"], row["language"]) == (["Ann Lee"], "Die Zeitung", "de")
    assert (row["url"], row["excerpt"]) == (f"{outlet}/artikel/nato", "Ein Kommentar.")
    assert [place["source"] for place in row["places"]] == ["by hand"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["ftp://example.org/"], 1, "is no address that starts with https:// or http://"),
        (["OUTLET/artikel/nato"], 1, "no address of the public internet"),
        (["OUTLET/gone", "--allow-private"], 1, "the server says 404 Not Found"),
        (["OUTLET/artikel/nato", "--kind", "poem"], 2, "'poem' is none of article, op-ed"),
    ],
)
def test_what_cannot_be_added_is_said_in_one_sentence(
    collected: Cli, outlet: str, words: list[str], code: int, sentence: str
) -> None:
    words = [word.replace("OUTLET", outlet) for word in words]
    assert sentence in collected("articles", "add", *words, code=code, now=NOW).stderr
    assert len(json.loads(collected("articles", "--json", now=NOW).stdout)) == 10
