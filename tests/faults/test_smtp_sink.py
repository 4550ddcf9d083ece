"""Every fault that Postfix's smtp-sink can play: nobody lost, nobody twice, and states that tell the truth.

It is the pipeline's own `send` on a database file, without a process for each of the sixty runs.
"""

from collections.abc import Callable
from typing import Any

import pytest

Newsroom = Any  # conftest.py
Sink = Any

SOFT, HARD, HANGS_UP, SAYS_421_AND_HANGS_UP = "-r", "-f", "-q", "-Q"
SECONDS = 3.0
TIMEOUTS = {"timeouts": dict.fromkeys(("greeting", "mail", "rcpt", "data", "body"), SECONDS)}

WAITS = {"queued", "deferred"}

NOBODY_LEARNS_OF_IT = [
    *[(switch, stage) for switch in (SOFT, HANGS_UP, SAYS_421_AND_HANGS_UP) for stage in ("CONNECT", "EHLO", "MAIL")],
    *[(switch, stage) for switch in (SOFT, HANGS_UP, SAYS_421_AND_HANGS_UP) for stage in ("RCPT", "DATA")],
    (SOFT, "."),
    (SAYS_421_AND_HANGS_UP, "."),
    ("-B", "552 5.5.3 too many recipients", HARD, "RCPT"),
    (HARD, "CONNECT"),
    (HARD, "MAIL"),
    ("-e", SOFT, "HELO"),
    ("-e", HARD, "HELO"),
    ("-e", HANGS_UP, "HELO"),
]
"""Faults that are the server's for now: all wait, and a good server gets them all."""

REFUSED_FOR_GOOD = [(HARD, "RCPT"), (HARD, "DATA"), (HARD, ".")]

ODD_BUT_GOOD = [(HARD, "EHLO"), ("-e",), ("-E",), ("-p",), ("-8",), ("-N",), ("-P",), ("-w", "1"), ("-p", "-W", ".:1")]
"""Old, poor and slow servers: HELO only, no enhanced codes, no pipelining, no 8BITMIME, no DSN, a PIX, slow ones."""


@pytest.mark.parametrize("options", NOBODY_LEARNS_OF_IT, ids=" ".join)
def test_what_fails_for_now_waits_and_arrives_once(
    options: tuple[str, ...], newsroom: Newsroom, sink: Callable[..., Sink]
) -> None:
    newsroom.aim(sink(*options).port, **TIMEOUTS)
    newsroom.send_here()
    assert set(newsroom.states().values()) <= WAITS
    good = sink()
    newsroom.aim(good.port, **TIMEOUTS)
    newsroom.send_here(hours=2)
    assert good.copies() == dict.fromkeys(newsroom.states(), 1)


@pytest.mark.parametrize("options", REFUSED_FOR_GOOD, ids=" ".join)
def test_what_is_refused_for_good_fails_with_the_servers_words(
    options: tuple[str, ...], newsroom: Newsroom, sink: Callable[..., Sink]
) -> None:
    newsroom.aim(sink(*options).port, **TIMEOUTS)
    newsroom.send_here()
    assert set(newsroom.states().values()) == {"failed"}
    assert newsroom.words("reader0@example.com") == "500 5.3.0 Error: command failed"


@pytest.mark.parametrize("options", ODD_BUT_GOOD, ids=" ".join)
def test_a_server_of_another_age_gets_every_letter_once(
    options: tuple[str, ...], newsroom: Newsroom, sink: Callable[..., Sink]
) -> None:
    odd = sink(*options)
    newsroom.aim(odd.port, connections=6, **TIMEOUTS)
    newsroom.send_here()
    assert odd.copies() == dict.fromkeys(newsroom.states(), 1)


def test_what_is_in_doubt_is_held_and_nothing_else(newsroom: Newsroom, sink: Callable[..., Sink]) -> None:
    doubtful, good = sink(HANGS_UP, "."), sink()
    newsroom.aim(doubtful.port, uncertain="hold", **TIMEOUTS)
    newsroom.send_here()
    assert "uncertain" in newsroom.states().values()
    newsroom.aim(good.port, uncertain="hold", **TIMEOUTS)
    newsroom.send_here(hours=2)
    assert newsroom.told_true(doubtful.copies() + good.copies())


def test_a_verdict_before_the_letters_end_leaves_nothing_in_doubt(
    newsroom: Newsroom, sink: Callable[..., Sink]
) -> None:
    hasty, good = sink("-A", "0"), sink()  # it refuses right behind its 354
    newsroom.aim(hasty.port, uncertain="hold", **TIMEOUTS)
    newsroom.send_here()
    # Some may be waiting still: a sender gives up on a relay that hangs up three times in a row.
    assert set(newsroom.states().values()) <= {"queued", "deferred", "failed"}
    newsroom.aim(good.port, uncertain="hold", **TIMEOUTS)
    newsroom.send_here(hours=2)
    assert newsroom.told_true(hasty.copies() + good.copies())


def test_what_is_in_doubt_is_sent_again_once(newsroom: Newsroom, sink: Callable[..., Sink]) -> None:
    doubtful, good = sink(HANGS_UP, "."), sink()
    newsroom.aim(doubtful.port, uncertain="resend", **TIMEOUTS)
    newsroom.send_here()
    shown = {reader for reader, state in newsroom.states().items() if state == "uncertain"}
    newsroom.aim(good.port, uncertain="resend", **TIMEOUTS)
    newsroom.send_here(hours=2)
    copies = doubtful.copies() + good.copies()
    assert copies == {reader: 2 if reader in shown else 1 for reader in newsroom.states()}


def test_what_is_in_doubt_twice_is_held(newsroom: Newsroom, sink: Callable[..., Sink]) -> None:
    doubtful = sink(HANGS_UP, ".")
    newsroom.aim(doubtful.port, uncertain="resend", **TIMEOUTS)
    for hours in range(0, 12, 2):
        newsroom.send_here(hours=hours)
    assert set(newsroom.states().values()) == {"uncertain"}
    assert doubtful.copies() == dict.fromkeys(newsroom.states(), 2)
