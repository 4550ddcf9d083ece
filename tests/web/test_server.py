"""The pages over a real socket, as mail programs and process supervisors meet them."""

import shutil
import signal
import subprocess
import sys
from http.client import HTTPResponse
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from digest.web.server import ListenError, bind
from subscribers import SubscriptionState
from tests.web.conftest import House

URLENCODED = ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
MULTIPART = (
    "multipart/form-data; boundary=frontier",
    b'--frontier\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--frontier--\r\n',
)


def ask(request: Request) -> HTTPResponse:
    response = urlopen(request, timeout=10)
    assert isinstance(response, HTTPResponse)
    return response


@pytest.mark.parametrize(("kind", "body"), [URLENCODED, MULTIPART], ids=["urlencoded", "multipart"])
def test_one_click_over_the_wire(house: House, url: str, kind: str, body: bytes) -> None:
    address = f"{url}/unsubscribe/{house.token('unsubscribe')}"
    with ask(Request(address, data=body, headers={"Content-Type": kind})) as answer:
        assert (answer.status, answer.url, answer.headers["Set-Cookie"]) == (200, address, None)
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
@pytest.mark.parametrize("option", ["--data", "--form"])
def test_one_click_twice_by_curl(house: House, url: str, option: str) -> None:
    address = f"{url}/unsubscribe/{house.token('unsubscribe')}"
    command = ["curl", "--silent", "--include", option, "List-Unsubscribe=One-Click", address]
    answers = [subprocess.run(command, capture_output=True, check=True, timeout=10).stdout for _ in range(2)]
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 2
    assert b"set-cookie" not in answers[0].lower()
    assert house.standing().state == SubscriptionState.UNSUBSCRIBED
    assert house.letters() == []


def test_a_link_scanner_changes_nothing(house: House, url: str) -> None:
    rows = house.rows()
    for method in ("HEAD", "GET"):
        with ask(Request(f"{url}/unsubscribe/{house.token('unsubscribe')}", method=method)) as answer:
            assert answer.status == 200
    assert house.rows() == rows


def test_the_server_does_not_name_itself(url: str) -> None:
    with ask(Request(f"{url}/health")) as answer:
        assert (answer.read(), answer.headers["Server"]) == (b"ok\n", None)


def test_an_address_in_use_is_refused_in_words(url: str) -> None:
    listen = url.removeprefix("http://")
    with pytest.raises(ListenError, match=rf"^cannot listen on {listen}: Address already in use; stop what does"):
        bind(listen)


@pytest.mark.parametrize("listen", ["8000", "localhost:http", ""])
def test_what_is_no_address_is_refused_in_words(listen: str) -> None:
    with pytest.raises(ListenError, match=r"HOST:PORT"):
        bind(listen)


SERVE = """
import sys
from pathlib import Path
from digest.database import open_database
from digest.web import create_app, serve
from tests.web.conftest import make_door
app = create_app(make_door(open_database(sys.argv[1])))
app.on_startup.append(lambda: print("up", flush=True))
serve(app, "127.0.0.1:0")
"""


def test_sigterm_ends_it_cleanly(house: House) -> None:
    command = [sys.executable, "-c", SERVE, str(house.database.engine.url)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (0, b"")
