"""Each channel gives every message, and lets go of one only when the next is asked for."""

import contextlib
import mailbox
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ChannelError
from digest.feedback import channels

MESSAGES = [b"Subject: %d\n\n%b\n" % (number, b"body" * 1000) for number in range(3)]


def take(channel: channels.Channel, count: int) -> list[bytes]:
    """So many messages; the last of them is not committed, unless there are no more."""
    with contextlib.closing(channel.messages()) as messages:
        return [raw.replace(b"\r\n", b"\n") for raw in islice(messages, count)]


def make(kind: str, folder: Path, **options: object) -> channels.Channel:
    found = channels.find(kind)
    return found(found.Settings.model_validate(options), folder)


# ── servers, scripted just enough ───────────────────────────────────────────────────────────────────────────────────

Answer = Callable[[str], Iterator[bytes]]


@contextlib.contextmanager
def serving(greeting: bytes, answer: Answer) -> Iterator[int]:
    """A server on loopback that answers each line; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Closing a socket does not wake an accept; this does, at the end of the test.
        threading.Thread(target=_serve, args=(listener, greeting, answer), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, greeting: bytes, answer: Answer) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(greeting)
                stream.flush()
                for line in stream:
                    stream.writelines(answer(line.decode().strip()))
                    stream.flush()


class Pop3:
    """A mailbox that deletes at QUIT, as RFC 1939 has it."""

    def __init__(self) -> None:
        self.left = dict(enumerate(MESSAGES, 1))
        self.marked: set[int] = set()

    def __call__(self, line: str) -> Iterator[bytes]:
        match line.split():
            case ["PASS", "wrong"]:
                yield b"-ERR no such password\r\n"
            case ["LIST"]:
                yield b"+OK\r\n"
                yield from (b"%d %d\r\n" % (number, len(raw)) for number, raw in self.left.items())
                yield b".\r\n"
            case ["RETR", number]:
                yield b"+OK\r\n" + self.left[int(number)].replace(b"\n", b"\r\n") + b".\r\n"
            case ["DELE", number]:
                self.marked.add(int(number))
                yield b"+OK\r\n"
            case ["QUIT"]:
                self.left = {number: raw for number, raw in self.left.items() if number not in self.marked}
                yield b"+OK\r\n"
            case _:
                yield b"+OK\r\n"


class Imap:
    """A folder whose messages are seen when a client says so."""

    def __init__(self) -> None:
        self.left = dict(enumerate(MESSAGES, 1))

    def __call__(self, line: str) -> Iterator[bytes]:
        tag, *words = line.split()
        match words:
            case ["CAPABILITY"]:
                yield b"* CAPABILITY IMAP4rev1\r\n"
            case ["LOGIN", _, '"wrong"']:
                yield f"{tag} NO no such password\r\n".encode()
                return
            case ["SELECT", _]:
                yield b"* 3 EXISTS\r\n"
            case ["UID", "SEARCH", "UNSEEN"]:
                yield b"* SEARCH %s\r\n" % b" ".join(b"%d" % number for number in self.left)
            case ["UID", "FETCH", number, _]:
                raw = self.left[int(number)]
                yield b"* %s FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (b"1", number.encode(), len(raw), raw)
            case ["UID", "STORE", number, *_]:
                del self.left[int(number)]
        yield f"{tag} OK done\r\n".encode()


# ── the channels ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["maildir", "mbox", "pop3", "imap"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[channels.Channel]:
    """A channel with three messages."""
    match request.param:
        case "maildir":
            maildir = mailbox.Maildir(tmp_path / "in")
            for raw in MESSAGES:
                maildir.add(raw)
            yield make("maildir", tmp_path, path="in")
        case "mbox":
            box = mailbox.mbox(tmp_path / "in")
            for raw in MESSAGES:
                box.add(raw)
            box.close()
            yield make("mbox", tmp_path, path="in")
        case kind:
            answer, greeting = (Pop3(), b"+OK\r\n") if kind == "pop3" else (Imap(), b"* OK ready\r\n")
            with serving(greeting, answer) as port:
                options: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": "none", "username": "us"}
                yield make(kind, tmp_path, password="right", **options)


def test_every_message_comes_once(filled: channels.Channel) -> None:
    assert sorted(take(filled, 9)) == MESSAGES
    assert take(filled, 9) == []


def test_what_was_not_committed_comes_again(filled: channels.Channel) -> None:
    first, second = take(filled, 2)  # asked for the second: the first is committed
    assert sorted([first, *take(filled, 9)]) == MESSAGES
    assert second in MESSAGES


@pytest.mark.parametrize("kind", ["maildir", "mbox", "pop3", "imap"])
def test_trouble_is_one_sentence_without_the_password(kind: str, tmp_path: Path) -> None:
    if kind in ("maildir", "mbox"):
        with pytest.raises(ChannelError, match="nowhere"):
            take(make(kind, tmp_path, path="nowhere"), 1)
        return
    with serving(b"+OK\r\n" if kind == "pop3" else b"* OK ready\r\n", Pop3() if kind == "pop3" else Imap()) as port:
        channel = make(kind, tmp_path, host="127.0.0.1", port=port, tls="none", username="us", password="wrong")
        with pytest.raises(ChannelError, match=r"^the mailbox us at 127.0.0.1: .*no such password$"):
            take(channel, 1)
    with pytest.raises(ChannelError, match=r"^the mailbox us at 127\.0\.0\.1"):
        take(channel, 1)  # nobody listens any more


def test_certificates_are_checked_unless_the_settings_say_otherwise() -> None:
    from digest.feedback.channels.account import AccountSettings, tls_context

    account = AccountSettings.model_validate({"host": "mail.example.org", "username": "us", "password": "x"})
    assert tls_context(account).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(account.model_copy(update={"verify": False})).verify_mode is ssl.CERT_NONE
    assert "x" not in str(account.password)
