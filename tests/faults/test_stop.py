"""SIGTERM while letters are in hand: what the server answers is recorded, and what it does not answer is told."""

import signal
from collections.abc import Callable
from typing import Any

Newsroom = Any  # conftest.py
Sink = Any

WORK_REMAINS = 75
CONNECTIONS = 2
SLOW, SILENT = ("-p", "-W", ".:1"), ("-p", "-W", ".:90")
"""With -p, for smtp-sink holds back only the one reply and would answer the next MAIL before it."""


def stopped(newsroom: Newsroom, sink: Sink) -> str:
    """What `digest send` says when SIGTERM comes while every connection waits for the reply to its first letter."""
    newsroom.aim(sink.port, connections=CONNECTIONS, uncertain="hold")
    sender = newsroom.start()
    sink.await_copies(CONNECTIONS)
    sender.send_signal(signal.SIGTERM)
    said: str = newsroom.ended(sender, WORK_REMAINS)
    return said


def test_what_the_server_answers_is_not_in_doubt(newsroom: Newsroom, sink: Callable[..., Sink]) -> None:
    slow = sink(*SLOW)
    stopped(newsroom, slow)
    assert set(newsroom.states().values()) == {"sent", "queued"}
    assert newsroom.told_true(slow.copies())


def test_what_it_does_not_answer_is_printed_and_held(newsroom: Newsroom, sink: Callable[..., Sink]) -> None:
    silent, good = sink(*SILENT), sink()
    assert f"{CONNECTIONS} uncertain" in stopped(newsroom, silent)
    newsroom.aim(good.port, uncertain="hold")
    newsroom.send(hours=2)
    assert list(newsroom.states().values()).count("uncertain") == CONNECTIONS
    assert newsroom.told_true(silent.copies() + good.copies())
