"""What the test server offers, takes, stores and refuses."""

import mailbox
import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.testserver import TestServer

Start = Callable[..., TestServer]
Client = Callable[[TestServer], smtplib.SMTP]


def stored(server: TestServer) -> list[bytes]:
    return [path.read_bytes() for path in sorted((server.store / "new").iterdir())]


def begun(smtp: smtplib.SMTP) -> smtplib.SMTP:
    smtp.mail("news@example.org")
    smtp.rcpt("ann@example.com")
    return smtp


def test_it_offers_what_letters_need(start: Start, client: Client) -> None:
    assert {"smtputf8", "8bitmime", "size"} <= client(start()).esmtp_features.keys()


def test_a_message_is_stored_with_its_envelope_on_top(start: Start, client: Client) -> None:
    server = start()
    client(server).sendmail("news@example.org", ["ann@example.com", "bob@example.com"], b"Subject: Hi\r\n\r\n.dot\r\n")
    envelope = b"Return-Path: <news@example.org>\r\nDelivered-To: ann@example.com\r\nDelivered-To: bob@example.com\r\n"
    assert stored(server) == [envelope + b"Subject: Hi\r\n\r\n.dot\r\n"]


def test_the_standard_library_reads_the_maildir(start: Start, client: Client) -> None:
    server = start()
    client(server).sendmail("news@example.org", "ann@example.com", b"Subject: Hi\r\n\r\nHello.\r\n")
    (message,) = mailbox.Maildir(server.store)
    assert message["Subject"] == "Hi"


@pytest.mark.parametrize("body", [b"", b"..\r\n", b".\r\n..\r\n", b"end.\r\n", b"a\r\n.\r\nb\r\n", b"\r\n", b"\n.\r\n"])
def test_dots_arrive_as_they_were_sent(body: bytes, start: Start, client: Client) -> None:
    server = start()
    smtp = begun(client(server))
    smtp.putcmd("data")
    smtp.getreply()
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in body.split(b"\r\n"))
    smtp.send(stuffed + b".\r\n")
    assert smtp.getreply()[0] == 250
    assert stored(server)[0].partition(b"ann@example.com\r\n")[2] == body


@pytest.mark.parametrize("body", [b"a" * 999 + b"\r\n", b"ok\r\n" + b"a" * 5000])
def test_a_line_that_no_server_must_take_is_refused(body: bytes, start: Start, client: Client) -> None:
    server = start()
    code, words = begun(client(server)).data(body)
    assert (code, words[:5]) == (554, b"5.6.0")
    assert stored(server) == []


def test_after_a_refused_message_the_next_one_is_taken(start: Start, client: Client) -> None:
    server = start()
    smtp = client(server)
    begun(smtp).data(b"a" * 2000)
    begun(smtp).data(b"Subject: short\r\n\r\n")
    assert len(stored(server)) == 1


def test_a_message_that_is_too_big_is_refused_and_the_line_closed(
    start: Start, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.testserver.session.SIZE_LIMIT", 1000)
    server = start()
    smtp = begun(client(server))
    assert smtp.data(b"line.\r\n" * 500)[0] == 552
    assert stored(server) == []


def test_data_without_a_recipient_is_refused(start: Start, client: Client) -> None:
    assert client(start()).docmd("data")[0] == 503


def test_a_port_that_is_taken_is_an_error(start: Start, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="address already in use"):
        TestServer(tmp_path, port=start().port).start()


def test_stopping_twice_and_with_clients_still_there_is_fine(start: Start, client: Client) -> None:
    server = start()
    client(server)
    server.stop()
    server.stop()
