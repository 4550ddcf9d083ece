"""Every fault at every stage: the right state, the right number of copies, and what is uncertain accounted for."""

from collections.abc import Callable
from typing import Any

import pytest

from digest.testserver import TestServer
from digest.types import State

FAILED, DEFERRED, SENT, UNCERTAIN = State.FAILED, State.DEFERRED, State.SENT, State.UNCERTAIN

CASES = [
    # stage, what the server does, the delivery's state, copies that arrived, whether the try is used up
    ("connect", "refuse", SENT, 1, True),
    ("connect", "defer", SENT, 1, True),
    ("connect", "hang-up", SENT, 1, True),
    ("connect", "slow", SENT, 1, True),
    ("ehlo", "refuse", SENT, 1, True),
    ("ehlo", "defer", SENT, 1, True),
    ("ehlo", "hang-up", SENT, 1, True),
    ("ehlo", "slow", SENT, 1, True),
    ("mail", "refuse", DEFERRED, 0, False),
    ("mail", "defer", DEFERRED, 0, False),
    ("mail", "hang-up", DEFERRED, 0, False),
    ("mail", "slow", SENT, 1, True),
    ("rcpt", "refuse", FAILED, 0, True),
    ("rcpt", "defer", DEFERRED, 0, True),
    ("rcpt", "hang-up", DEFERRED, 0, False),
    ("rcpt", "slow", SENT, 1, True),
    ("data", "refuse", FAILED, 0, True),
    ("data", "defer", DEFERRED, 0, True),
    ("data", "hang-up", DEFERRED, 0, False),
    ("data", "slow", SENT, 1, True),
    ("body", "refuse", FAILED, 0, True),
    ("body", "defer", DEFERRED, 0, True),
    ("body", "hang-up", UNCERTAIN, 1, True),
    ("body", "slow", SENT, 1, True),
]


@pytest.mark.parametrize(("stage", "do", "state", "copies", "counts"), CASES)
def test_fault(
    stage: str,
    do: str,
    state: State,
    copies: int,
    counts: bool,
    start: Callable[[str], TestServer],
    ledger_of: Callable[..., Any],
    run: Callable[..., Any],
) -> None:
    server = start(f"[{{stage: {stage}, do: {do}, times: 1, seconds: 0.02}}]")
    outcome = run(ledger_of(["ann@example.com"]), server.port).ledger.outcomes[1]
    assert (outcome.state, outcome.counts) == (state, counts)
    assert len(list((server.store / "new").iterdir())) == copies


@pytest.mark.parametrize(("do", "state"), [("refuse", FAILED), ("hang-up", DEFERRED)])
def test_the_next_letter_is_not_touched_by_a_fault(
    do: str,
    state: State,
    start: Callable[[str], TestServer],
    ledger_of: Callable[..., Any],
    run: Callable[..., Any],
) -> None:
    server = start(f"[{{stage: rcpt, recipient: ann@*, do: {do}}}]")
    ledger = run(ledger_of(["ann@example.com", "bob@example.com"]), server.port).ledger
    assert list(ledger.states.values()) == [state, SENT]


def test_an_uncertain_letter_may_be_held(
    start: Callable[[str], TestServer], ledger_of: Callable[..., Any], run: Callable[..., Any]
) -> None:
    server = start("[{stage: body, do: hang-up}]")
    outcome = run(ledger_of(["ann@example.com"]), server.port, uncertain="hold").ledger.outcomes[1]
    assert (outcome.state, outcome.next_try_at) == (UNCERTAIN, None)
