"""What long work shows in a log: how much is done, how it went, how fast, and what each relay did of it."""

import re

import pytest

from digest.cli import _progress


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is told at once."""
    monkeypatch.setattr(_progress, "LOG_EVERY_SECONDS", 0)


def test_a_log_has_the_sums_the_rate_and_the_time_left(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    with _progress.progress("sending") as shown:
        shown.expect(4)
        shown.step("sent", "a:25")
        shown.step("deferred", "a:25")
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(r"sending: 2 of 4, 1 sent, 1 deferred, \d+/s, 0:00:0\d left", last)


def test_several_relays_are_told_apart(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    with _progress.progress("sending") as shown:
        for relay in ("b:25", "a:25", "b:25"):
            shown.step("sent", relay)
    assert "(a:25 1, b:25 2)" in capsys.readouterr().err
