"""The drill's mail server, over real sockets: what it writes down, and when."""

import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from digest.drill.arrivals import read_arrivals
from digest.drill.receiver import Receiver, receiver
from digest.drill.sink import examine


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path / "arrivals.log") as running:
        yield running


def letter(message_id: str) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{message_id}>"
    message.set_content("Text.\n.\n..\n")
    message.add_alternative("<p>Text", subtype="html")
    return message


def test_each_letter_is_written_down_before_it_is_answered(sink: Receiver) -> None:
    for connection in (1, 2):
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            for number in (1, 2):
                client.send_message(letter(f"{connection}.{number}@example.org"), "a@example.org", "b@example.com")
                last = list(read_arrivals(sink.log))[-1]
                assert (last.connection, last.message_id) == (connection, f"{connection}.{number}@example.org")
                assert (last.recipient, last.whole) == ("b@example.com", True)


def test_a_letter_without_its_end_and_a_lone_dot_are_not_whole(sink: Receiver) -> None:
    cut_off = letter("1@example.org").as_bytes(policy=SMTP)[:-12]
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        for body in (cut_off, b""):
            client.sendmail("a@example.org", "b@example.com", body)
        client.docmd("MAIL FROM:<a@example.org>")
        client.docmd("RCPT TO:<b@example.com>")
        client.docmd("DATA")
        assert client.docmd(".") == (250, b"taken")
    assert [one.whole for one in read_arrivals(sink.log)] == [False] * 3


def test_pipelined_groups_are_answered_in_order(sink: Receiver) -> None:
    body = b"Message-ID: <1@example.org>\r\n\r\nText"
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo()
        client.send(b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 354]
        client.send(body + b"\r\n.\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<c@example.com>\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250] * 3
    assert [one.recipient for one in read_arrivals(sink.log)] == ["b@example.com"]


def test_a_signal_falls_on_its_step(sink: Receiver) -> None:
    """The victim is killed on the DATA of its second letter: one has arrived, and no more ever will."""
    code = (
        f"import smtplib; c = smtplib.SMTP('127.0.0.1', {sink.port}); input()\n"
        "while True: c.sendmail('a@example.org', 'b@example.com', 'Message-ID: <1@example.org>\\n\\nText')"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, text=True) as victim:
        sink.signal_at(7, signal.SIGKILL, [victim.pid])
        victim.communicate("\n")
        assert victim.returncode == -signal.SIGKILL
    assert len(list(read_arrivals(sink.log))) == 1


def test_nobody_is_greeted_while_held(sink: Receiver) -> None:
    greeted = threading.Event()

    def connect() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port):
            greeted.set()

    waiting = threading.Thread(target=connect)
    with sink.held():
        waiting.start()
        assert not greeted.wait(0.2)
    waiting.join()
    assert greeted.is_set()


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\nMessage-ID: <1@example.org>\r\n\r\nText", b"\r\n\r\n--b--"])
def test_without_the_closing_line_of_its_parts_nothing_is_whole(body: bytes) -> None:
    assert not examine(body)[1]
