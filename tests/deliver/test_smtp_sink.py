"""The same promises against a server that is not ours: Postfix's smtp-sink."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from digest.types import State

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
AS_NOBODY = ("-u", "nobody") if os.geteuid() == 0 else ()

pytestmark = pytest.mark.skipif(SMTP_SINK is None, reason="smtp-sink is not installed; it comes with Postfix")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.fixture
def sink() -> Iterator[Callable[..., int]]:
    """Start smtp-sink with some options and return its port."""
    with ExitStack() as stack:

        def begin(*options: str) -> int:
            port = free_port()
            process = subprocess.Popen([str(SMTP_SINK), *AS_NOBODY, *options, f"127.0.0.1:{port}", "100"])
            stack.callback(process.wait)
            stack.callback(process.terminate)
            while not answers(port):
                assert process.poll() is None
            return port

        yield begin


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ((), State.SENT),
        (("-r", "RCPT"), State.DEFERRED),
        (("-f", "RCPT"), State.FAILED),
        (("-q", "RCPT"), State.DEFERRED),
        (("-r", "DATA"), State.DEFERRED),
        (("-q", "DATA"), State.DEFERRED),
        (("-r", "."), State.DEFERRED),
        (("-f", "."), State.FAILED),
        (("-q", "."), State.UNCERTAIN),
        (("-Q", "RCPT"), State.DEFERRED),
    ],
)
def test_outcome(
    options: tuple[str, ...],
    state: State,
    sink: Callable[..., int],
    ledger_of: Callable[..., Any],
    run: Callable[..., Any],
) -> None:
    ledger = run(ledger_of(["ann@example.com"]), sink(*options)).ledger
    assert ledger.outcomes[1].state is state


def test_200_letters_over_four_connections(
    sink: Callable[..., int], ledger_of: Callable[..., Any], run: Callable[..., Any]
) -> None:
    ledger = run(ledger_of([f"reader{number}@example.com" for number in range(200)]), sink(), connections=4).ledger
    assert set(ledger.states.values()) == {State.SENT}
