"""What is promised for every mail server, against three of them."""

import re
import threading
from collections.abc import Callable
from typing import Any

from digest.blueprint import Blueprint, Place, Slot

Newsroom = Any  # the conftests
Mta = Any

READERS = [f"reader{number}@example.com" for number in range(50)]
OUTSIDE_ASCII = "readerä@example.com"
UNKNOWN = "gone@example.com"

SMUGGLED = (
    "MAIL FROM:<evil@example.org>\r\nRCPT TO:<reader0@example.com>\r\nDATA\r\nSubject: smuggled\r\n\r\nEvil.\r\n.\r\n"
)
ENDINGS = (
    "\n.\n",
    "\n.\r\n",
    "\r\n.\n",
    "\r.\r",
    "\r\n.\r",
    "\r.\r\n",
    "\n.\r",
    "\r.\n",
    "\r\n.\r\n",
    "\n\n.\r\n",
    "\r\r.\r\n",
)
"""What one server or another has taken for the end of a message (SMTP smuggling, CVE-2023-51764 and its kin)."""
HOSTILE = "".join(f"before{ending}{SMUGGLED}" for ending in ENDINGS)


def letter(text: bytes) -> Blueprint:
    date = b"\r\nDate: Wed, 07 Jan 2026 14:00:00 +0000"
    pieces = b"From: news@example.org\r\nTo: ", date + b"\r\nMessage-ID: ", b"\r\nSubject: News\r\n\r\n" + text
    return Blueprint(pieces, (Slot("to", Place.HEADER), Slot("message_id", Place.HEADER)))


def send(newsroom: Newsroom, mta: Mta) -> str:
    newsroom.aim(mta.port, connections=4)
    said: str = newsroom.send()
    while not mta.idle():
        threading.Event().wait(0.01)
    return said


def test_fifty_letters_arrive_once_each_and_whole(new_newsroom: Callable[..., Newsroom], mta: Mta) -> None:
    newsroom = new_newsroom(readers=READERS, text=f"An article with {HOSTILE} in it.")
    send(newsroom, mta)
    assert mta.copies() == dict.fromkeys(READERS, 1)
    assert missing(newsroom, mta) == []


def missing(newsroom: Newsroom, mta: Mta) -> list[str]:
    """Whose letter is not in the inbox to its last byte, below the lines that the server put above it."""
    arrived = [one.rstrip() for one in mta.letters()]
    due = {reader: one.rstrip() for reader, one in newsroom.letters().items()}
    return [reader for reader, one in due.items() if not any(whole.endswith(one) for whole in arrived)]


def test_bytes_that_would_smuggle_arrive_as_one_letter(newsroom: Newsroom, mta: Mta) -> None:
    newsroom.replace_letters(letter(HOSTILE.encode()))
    send(newsroom, mta)
    readers = newsroom.letters()
    assert mta.copies() == dict.fromkeys(readers, 1)
    body = re.sub("\r\n|\r|\n", "\n", HOSTILE).encode()
    assert all(one.endswith(b"Subject: News\n\n" + body) for one in mta.letters())


def test_a_user_it_does_not_know_fails_with_its_own_words(new_newsroom: Callable[..., Newsroom], mta: Mta) -> None:
    newsroom = new_newsroom(readers=[UNKNOWN, *READERS[:5]])
    send(newsroom, mta)
    assert newsroom.states() == {UNKNOWN: "failed", **dict.fromkeys(READERS[:5], "sent")}
    assert newsroom.words(UNKNOWN).startswith(mta.unknown_user)


def test_an_address_outside_ascii_is_for_those_who_can(new_newsroom: Callable[..., Newsroom], mta: Mta) -> None:
    newsroom = new_newsroom(readers=[OUTSIDE_ASCII, *READERS[:5]])
    send(newsroom, mta)
    assert mta.copies() == dict.fromkeys(READERS[:5] + [OUTSIDE_ASCII] * mta.smtputf8, 1)
    assert ("5.6.7" in newsroom.words(OUTSIDE_ASCII)) is not mta.smtputf8


def test_a_letter_larger_than_it_takes_fails_and_is_nobodys_fault_but_its_own(newsroom: Newsroom, mta: Mta) -> None:
    newsroom.replace_letters(letter(b"A line of text.\r\n" * 15_000))
    send(newsroom, mta)
    assert set(newsroom.states().values()) == {"failed"}
    assert newsroom.words("reader0@example.com").startswith(("552", "554 5.3.4"))
