"""The SMTP sender against a real server: set-up, TLS, addresses outside ASCII, relays, settings."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from digest.deliver import run
from digest.senders.smtp import SmtpSender, SmtpSettings
from digest.testserver import TestServer
from digest.types import Outgoing, Reply, Stage
from tests.deliver.scripted import ScriptedServer

Start = Callable[..., TestServer]
Offer = Callable[..., Reply]


def stored(server: TestServer) -> list[bytes]:
    return [path.read_bytes() for path in (server.store / "new").iterdir()]


def test_a_good_reply_is_kept_in_the_servers_words(start: Start, offer: Offer) -> None:
    assert offer(port=start().port) == Reply(Stage.BODY, 250, "stored", "2.0.0")


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data", "body"])
def test_a_refusal_names_its_stage(stage: str, start: Start, offer: Offer) -> None:
    server = start(f"[{{stage: {stage}, do: refuse, code: 554, text: 5.7.1 go away}}]")
    assert offer(port=server.port) == Reply(Stage(stage), 554, "go away", "5.7.1")


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data", "body"])
def test_a_hang_up_has_a_stage_but_no_code(stage: str, start: Start, offer: Offer) -> None:
    reply = offer(port=start(f"[{{stage: {stage}, do: hang-up}}]").port)
    assert (reply.stage, reply.code) == (Stage(stage), None)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
def test_a_server_that_says_nothing_is_not_waited_for_for_ever(stage: str, start: Start, offer: Offer) -> None:
    server = start(f"[{{stage: {stage}, do: slow, seconds: 60}}]")
    reply = offer(port=server.port, timeouts={stage: 0.05})
    assert (reply.stage, reply.code) == (Stage(stage), None)


def test_a_refused_letter_leaves_the_connection_usable(start: Start) -> None:
    server = start("[{stage: rcpt, recipient: ann@*, do: refuse}]")
    sender = SmtpSender(SmtpSettings(host="127.0.0.1", port=server.port, tls="none", hostname="localhost"), Path())

    async def main() -> tuple[int | None, ...]:
        connection = await sender.relays[0].connect()
        assert not isinstance(connection, Reply)
        mails = [Outgoing(1, "b@example.org", f"{name}@example.com", b"A: b\r\n\r\n") for name in ("ann", "bob")]
        codes = tuple([(await connection.send(mail)).code for mail in mails])
        await connection.close()
        return codes

    assert asyncio.run(main()) == (550, 250)


def test_nobody_listens(start: Start, offer: Offer) -> None:
    server = start()
    server.stop()
    reply = offer(port=server.port)
    assert (reply.stage, reply.code) == (Stage.CONNECT, None)
    assert str(server.port) in reply.text


# ── addresses and messages ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_local_part_outside_ascii_goes_where_it_is_offered(start: Start, offer: Offer) -> None:
    server = start()
    assert offer("анна@example.com", port=server.port).code == 250
    assert "Delivered-To: анна@example.com".encode() in stored(server)[0]


def test_a_domain_outside_ascii_goes_as_a_labels(start: Start, offer: Offer) -> None:
    server = start()
    assert offer("ann@straße.example", port=server.port).code == 250
    assert b"Delivered-To: ann@xn--strae-oqa.example\r\n" in stored(server)[0]


@pytest.mark.parametrize("address", ["a@b.example>\r\nRCPT TO:<x@y.example", "a b@c.example", "<a@b.example>", "ann"])
def test_an_address_cannot_break_out_of_its_brackets(address: str, start: Start, offer: Offer) -> None:
    server = start()
    assert offer(address, port=server.port).code == 553
    assert stored(server) == []


@pytest.mark.parametrize("smuggled", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r\n", b"\r\n.\r"])
def test_nothing_can_be_smuggled_behind_a_dot(smuggled: bytes, start: Start, offer: Offer) -> None:
    server = start()
    message = b"Subject: one\r\n\r\nbefore" + smuggled + b"MAIL FROM:<evil@example.org>\r\nafter\r\n"
    assert offer(port=server.port, message=message).code == 250
    (content,) = stored(server)
    assert content.endswith(b"before\r\n.\r\nMAIL FROM:<evil@example.org>\r\nafter\r\n")


# ── TLS and AUTH ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make our own certificate one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("trusted")
def test_starttls_with_a_good_certificate(start: Start, offer: Offer, tls: ssl.SSLContext) -> None:
    server = start(tls=tls)
    assert offer(host="localhost", port=server.port, tls="starttls").code == 250


@pytest.mark.usefixtures("trusted")
def test_starttls_with_a_certificate_for_another_name(start: Start, offer: Offer, tls: ssl.SSLContext) -> None:
    reply = offer(host="127.0.0.1", port=start(tls=tls).port, tls="starttls")
    assert (reply.stage, reply.code) == (Stage.TLS, None)


def test_starttls_with_a_certificate_nobody_knows(start: Start, offer: Offer, tls: ssl.SSLContext) -> None:
    reply = offer(host="localhost", port=start(tls=tls).port, tls="starttls")
    assert reply.stage is Stage.TLS
    assert "certificate verify failed" in reply.text


def test_a_certificate_is_not_looked_at_where_so_wished(start: Start, offer: Offer, tls: ssl.SSLContext) -> None:
    assert offer(host="localhost", port=start(tls=tls).port, tls="starttls", verify=False).code == 250


def test_a_server_without_starttls_gets_nothing_in_the_clear(start: Start, offer: Offer) -> None:
    server = start()
    assert offer(port=server.port, tls="starttls").stage is Stage.TLS
    assert stored(server) == []


def test_groups_of_commands_go_through_tls_too(tls: ssl.SSLContext) -> None:
    with ScriptedServer(tls=tls) as server:
        settings = {"host": "127.0.0.1", "port": server.port, "tls": "implicit", "verify": False}
        sender = SmtpSender(SmtpSettings.model_validate(settings), Path())
        mails = [Outgoing(number, "b@example.org", f"r{number}@example.com", b"A: b\r\n\r\n") for number in (1, 2)]

        async def main() -> list[int | None]:
            session = await sender.relays[0].connect()
            assert not isinstance(session, Reply)
            codes = [(await session.send(mails[0], mails[1])).code, (await session.send(mails[1])).code]
            await session.close()
            return codes

        assert run(main()) == [250, 250]
    assert any(b".\r\nMAIL FROM:" in group for group in server.groups)


def test_a_wrong_password(start: Start, offer: Offer, tls: ssl.SSLContext) -> None:
    reply = offer(port=start(tls=tls).port, tls="starttls", verify=False, username="ann", password="wrong")
    assert (reply.stage, reply.code, reply.enhanced) == (Stage.AUTH, 535, "5.7.8")


# ── settings ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "give either host or relays"),
        ({"host": "a", "relays": [{"host": "b", "port": 25}]}, "give either host or relays"),
        ({"host": "a", "tls": "none", "username": "ann"}, "in the clear"),
        ({"host": "a", "tls": "yes"}, "tls"),
        ({"host": "a", "hots": "b"}, "hots"),
        ({"host": "a", "connections": 0}, "connections"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SmtpSettings.model_validate(settings)


def test_a_password_is_never_printed() -> None:
    assert "secret" not in repr(SmtpSettings.model_validate({"host": "a", "username": "u", "password": "secret"}))


def test_every_relay_has_its_name_and_weight() -> None:
    relays = [{"host": "a", "port": 25, "weight": 2}, {"host": "b", "port": 587}]
    sender = SmtpSender(SmtpSettings.model_validate({"relays": relays}), Path())
    assert [(relay.name, relay.weight) for relay in sender.relays] == [("a:25", 2), ("b:587", 1)]
