"""The blocking front, as the command runs it."""

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from smtplib import SMTP

import pytest

from digest.testserver import serve


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            continue
    raise AssertionError("the server has ended")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_mail_and_inbox_until_told_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    smtp_port, inbox_port = free_ports()
    code = (
        "from pathlib import Path; from digest.testserver import serve; "
        f"serve(('127.0.0.1', {smtp_port}), Path({str(tmp_path / 'store')!r}), None, ('127.0.0.1', {inbox_port}))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        wait_for(smtp_port, process)
        wait_for(inbox_port, process)
        with SMTP("127.0.0.1", smtp_port, local_hostname="localhost") as smtp:
            smtp.sendmail("n@example.org", "ann@example.com", b"Subject: Hello there\r\n\r\n")
        with urllib.request.urlopen(f"http://127.0.0.1:{inbox_port}/") as page:
            assert b"Hello there" in page.read()
        process.send_signal(number)
        assert process.wait() == 0


def test_a_taken_port_is_an_error_not_a_wait(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(("127.0.0.1", taken.getsockname()[1]), tmp_path)
