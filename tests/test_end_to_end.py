"""Everything over real sockets: a WordPress site, a feed, SMTP, and a kill -9 in the middle of sending."""

import csv
import email
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from digest.database import Database
from digest.models import DeliveryRow
from subscribers.models import Subscriber

Cli = Any  # tests/conftest.py
Answer = tuple[int, str, bytes]

NOW = "2026-01-07T14:00:00+00:00"
SIX_MINUTES_LATER = "2026-01-07T14:06:00+00:00"
READERS = 60
CONNECTIONS = 4

CONFIG = """
site: {{name: Think Tank, url: "https://www.example.org", timezone: America/New_York, postal_address: Here}}
web: {{url: "https://letters.example.org"}}
database: {{url: "{database}"}}
topics:
  - {{slug: asia, name: Asia}}
  - {{slug: china, name: China}}
  - {{slug: nato, name: NATO}}
sources:
  - {{name: site, kind: wordpress, url: "http://127.0.0.1:{web}", allow_private: true}}
  - {{name: feed, kind: feed, url: "http://127.0.0.1:{web}/other.xml", allow_private: true}}
  - {{name: broken, kind: feed, url: "http://127.0.0.1:{web}/missing.xml", allow_private: true}}
newsletters:
  weekly: {{name: The weekly, from: "Think Tank <news@example.org>", every: "wed 09:00"}}
sender: {{kind: smtp, host: 127.0.0.1, port: {smtp}, tls: none, connections: {connections},
         return_path: "bounces+{{token}}@example.org"}}
"""

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Other</title>
<item><title>From the feed &amp; more</title><link>https://other.example.org/a</link><guid>a</guid>
<pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate><category>NATO</category><description>Text.</description></item>
</channel></rss>"""

# What a WordPress site of our own making answers, by resource.
TERMS = [{"id": 3, "name": "Asia", "slug": "asia", "taxonomy": "category"}]
POST = {
    "id": 11,
    "date": "2026-01-06T12:00:00",
    "date_gmt": "2026-01-06T17:00:00",
    "modified_gmt": "2026-01-06T17:00:00",
    "guid": {"rendered": "https://www.example.org/?p=11"},
    "link": "https://www.example.org/eleven/",
    "type": "post",
    "status": "publish",
    "title": {"rendered": "Eleven &#8211; a post"},
    "content": {"rendered": "<p>Text of eleven.</p>", "protected": False},
    "excerpt": {"rendered": "<p>Text of eleven.</p>", "protected": False},
    "author": 1,
    "categories": [3],
    "tags": [],
}


def own_site() -> dict[str, Answer]:
    answers = {
        "/wp-json/wp/v2/posts": [POST],
        "/wp-json/wp/v2/categories": TERMS,
        "/wp-json/wp/v2/tags": [],
        "/wp-json/wp/v2/users": [{"id": 1, "name": "Ann Author"}],
        "/wp-json/": {"name": "Think Tank", "namespaces": ["wp/v2"]},
    }
    return {path: (200, "application/json", json.dumps(value).encode()) for path, value in answers.items()}


def captured_site() -> dict[str, Answer]:
    corpora = Path(os.environ.get("DIGEST_CORPORA", Path(__file__).parent.parent.parent / "shared" / "corpora"))
    if not (corpora / "wordpress" / "index.json").exists():
        pytest.skip(f"no captured WordPress under {corpora}; DIGEST_CORPORA names another folder")
    answers: dict[str, Answer] = {}
    for entry in json.loads((corpora / "wordpress" / "index.json").read_text()):
        if "thinktank" in entry["site"] and entry["status"] == 200:
            body = (corpora / "wordpress" / entry["file"]).read_bytes()
            answers[urlsplit(entry["path"]).path] = (200, entry["headers"]["Content-Type"], body)
    return answers


@pytest.fixture(params=[own_site, captured_site])
def web_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A web server with a WordPress site and a feed."""
    answers = {**request.param(), "/other.xml": (200, "application/rss+xml", FEED)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            page = int(parse_qs(url.query).get("page", ["1"])[0])
            status, kind, body = answers.get(url.path, (404, "text/html", b"not here"))
            if page > 1:
                status, kind, body = 400, "application/json", b'{"code": "rest_post_invalid_page_number"}'
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def smtp_port(tmp_path: Path, clean_environment: dict[str, str]) -> Iterator[int]:
    """The test mail server in a process of its own, slow enough that a kill hits it in the middle."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (tmp_path / "faults.yaml").write_text("- {stage: body, do: slow, seconds: 0.02}\n")
    command = ["test-server", "--listen", f"127.0.0.1:{port}", "--store", "inbox", "--faults", "faults.yaml"]
    with start(tmp_path, clean_environment, *command) as server:
        assert server.stderr
        server.stderr.readline()
        wait_until(lambda: listens(port))
        yield port
        server.terminate()


def start(folder: Path, environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "digest.cli", *words]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does; the test's own time-out ends it."""
    while not happened():
        threading.Event().wait(0.005)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def inbox(folder: Path) -> list[Path]:
    return list((folder / "inbox" / "new").glob("*"))


def test_from_sources_to_inboxes_through_a_kill(
    tmp_path: Path,
    cli: Cli,
    clean_environment: dict[str, str],
    database: Database,
    database_url: str,
    web_port: int,
    smtp_port: int,
) -> None:
    readers = [f"reader{number}@example.com" for number in range(READERS)]
    ports = {"web": web_port, "smtp": smtp_port}
    (tmp_path / "config.yaml").write_text(CONFIG.format(**ports, connections=CONNECTIONS, database=database_url))
    with (tmp_path / "list.csv").open("w") as file:
        csv.writer(file).writerows([("email", "name", "topics"), *((address, "", "") for address in readers)])
    cli("init", now=NOW)
    cli("subscribers", "import", "list.csv", "--confirmed", now=NOW)
    collected = cli("collect", now=NOW)
    assert "404" in collected.stderr
    cli("compose", "weekly", now=NOW)
    cli("approve", "1", now=NOW)

    sender = start(tmp_path, {**clean_environment, "DIGEST_NOW": NOW}, "send")
    wait_until(lambda: len(inbox(tmp_path)) >= 10)
    sender.send_signal(signal.SIGKILL)
    sender.communicate()
    assert len(inbox(tmp_path)) < READERS

    with database.read() as session:
        joined = select(Subscriber.address).join(DeliveryRow, DeliveryRow.subscriber_id == Subscriber.id)
        in_doubt = set(session.scalars(joined.where(DeliveryRow.state == "sending")))
    assert len(in_doubt) <= CONNECTIONS

    cli("send", now=NOW, code=75 if in_doubt else 0)
    cli("send", now=SIX_MINUTES_LATER)
    letters = [email.message_from_bytes(file.read_bytes(), policy=SMTP) for file in inbox(tmp_path)]
    copies = Counter(str(letter["To"]) for letter in letters if letter["To"] != "ops@example.org")
    assert set(copies) == set(readers)
    assert {address for address, count in copies.items() if count > 1} <= in_doubt
    assert max(copies.values()) <= 2
    editions = json.loads(cli("editions", "--json", now=NOW).stdout)
    assert (editions[0]["state"], editions[0]["deliveries"]) == ("sent", {"sent": READERS})
    assert "From the feed & more" in str(letters[0].get_body(("plain",)).get_content())  # type: ignore[union-attr]
