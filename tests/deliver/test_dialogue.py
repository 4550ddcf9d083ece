"""The dialogue with a server, reply by reply, with and without PIPELINING: the right outcome for every letter."""

from collections.abc import Callable
from typing import Any

import pytest

from digest.types import Stage, State
from tests.deliver.scripted import HANG_UP, PIPELINED, ScriptedServer

Scripted = Callable[..., ScriptedServer]
Make = Callable[..., Any]
FAILED, DEFERRED, SENT, UNCERTAIN = State.FAILED, State.DEFERRED, State.SENT, State.UNCERTAIN
EITHER = (DEFERRED, SENT)
"""Sent over another connection where the loss was seen before the letter was begun, else tried again later."""
THREE = [f"reader{number}@example{number}.com" for number in (1, 2, 3)]
PLAIN = PIPELINED[1:]

CASES = [
    # what goes wrong, and what becomes of three letters that share a connection as long as it stands
    ({}, (SENT, SENT, SENT)),
    ({"MAIL 1": "421 4.3.2 closing"}, (DEFERRED, SENT, SENT)),
    ({"MAIL 1": "550 5.1.8 not from you"}, (DEFERRED, SENT, SENT)),
    ({"MAIL 1": HANG_UP}, (DEFERRED, SENT, SENT)),
    ({"MAIL 1": "552 5.3.4 too big"}, (FAILED, SENT, SENT)),
    ({"RCPT 1": "550 5.1.1 unknown"}, (FAILED, SENT, SENT)),
    ({"RCPT 1": HANG_UP}, (DEFERRED, SENT, SENT)),
    ({"DATA 1": "554 5.6.0 no"}, (FAILED, SENT, SENT)),
    ({"DATA 1": HANG_UP}, (DEFERRED, SENT, SENT)),
    ({". 1": "554 5.6.0 no"}, (FAILED, SENT, SENT)),
    ({". 1": HANG_UP}, (UNCERTAIN, SENT, SENT)),
    # to the second letter, announced with the body of the first where the server takes groups
    ({"MAIL 2": "421 4.3.2 enough for one connection"}, (SENT, SENT, SENT)),
    ({"MAIL 2": HANG_UP}, (SENT, SENT, SENT)),
    ({"MAIL 2": "451 4.3.0 later"}, (SENT, DEFERRED, SENT)),
    ({"RCPT 2": "524 5.2.4 unknown code"}, (SENT, FAILED, SENT)),
    ({"RCPT 2": "450 4.2.1 later"}, (SENT, DEFERRED, SENT)),
    ({"RCPT 2": "421 4.7.0 later"}, (SENT, DEFERRED, SENT)),
    ({"RCPT 2": HANG_UP}, (SENT, EITHER, SENT)),
    ({"DATA 2": "451 4.3.0 later"}, (SENT, DEFERRED, SENT)),
    ({"DATA 2": "250 what?"}, (SENT, DEFERRED, SENT)),
    ({"DATA 2": HANG_UP}, (SENT, EITHER, SENT)),
    ({". 2": "552 5.2.2 full"}, (SENT, FAILED, SENT)),
    ({". 2": "421 4.4.2 later"}, (SENT, DEFERRED, SENT)),
    ({". 2": HANG_UP}, (SENT, UNCERTAIN, SENT)),
    # replies that are odd but plain
    ({". 2": "250-2.0.0 kept\r\n250-2.0.0 for\r\n250 2.0.0 you"}, (SENT, SENT, SENT)),
    ({". 2": "250"}, (SENT, SENT, SENT)),
    ({"RCPT 2": "251 will forward"}, (SENT, SENT, SENT)),
    ({"DATA 2": "399 go on"}, (SENT, SENT, SENT)),
    # replies that are none: nobody knows what the server did with the message
    ({". 2": "kept it"}, (SENT, UNCERTAIN, SENT)),
    ({". 2": "250-kept\r\n550 not kept"}, (SENT, UNCERTAIN, SENT)),
    ({". 2": "250 " + "x" * 40_000}, (SENT, UNCERTAIN, SENT)),
    ({"MAIL 2": "what?"}, (SENT, SENT, SENT)),
    ({"RCPT 2": "\udcff\udcfe"}, (SENT, EITHER, SENT)),
    # a reply nobody asked for: the server cannot be followed any more
    ({"DATA 2": "354 go on\r\n250 kept already"}, (SENT, EITHER, SENT)),
]


def fits(state: State, wanted: State | tuple[State, ...]) -> bool:
    return state in wanted if isinstance(wanted, tuple) else state is wanted


@pytest.mark.parametrize("offers", [PIPELINED, PLAIN], ids=["groups", "plain"])
@pytest.mark.parametrize(("script", "states"), CASES, ids=[repr(script)[:40] for script, _ in CASES])
def test_outcomes(
    script: dict[str, str],
    states: tuple[Any, ...],
    offers: tuple[str, ...],
    scripted: Scripted,
    ledger_of: Make,
    run: Make,
) -> None:
    server = scripted(script, offers=offers)
    ledger = run(ledger_of(THREE), server.port).ledger
    assert all(map(fits, ledger.states.values(), states))
    assert [server.received[reader] for reader in THREE] == [
        int(state in (SENT, UNCERTAIN)) for state in ledger.states.values()
    ]


def test_one_round_trip_per_letter(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    run(ledger_of(THREE), server.port)
    groups = [group for group in server.groups if b"DATA\r\n" in group]
    assert [group.count(b"\r\n.\r\nMAIL FROM:") for group in groups] == [0, 1, 1]


def test_without_pipelining_one_command_waits_for_the_other(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted(offers=PLAIN)
    run(ledger_of(THREE), server.port)
    assert (
        max(group.count(b"MAIL FROM") + group.count(b"RCPT TO") + group.count(b"DATA\r\n") for group in server.groups)
        == 1
    )
    assert server.connections == 1


def test_a_server_that_has_had_enough_is_no_trouble(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted({"MAIL 2": "421 enough", "MAIL 4": HANG_UP})
    sent = run(ledger_of(THREE), server.port, relay_pause=3600)
    assert set(sent.ledger.states.values()) == {SENT}
    assert (server.connections, len(sent.ledger.outcomes)) == (3, 3)


# ── a message that is asked for and must not be sent ────────────────────────────────────────────────────────────────


def test_a_lone_dot_only_where_no_recipient_was_taken(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted(
        {"RCPT 2": "550 5.1.1 unknown", "DATA 2": "354 go on", "lone . 1": "250 2.0.0 delivered to nobody"}
    )
    ledger = run(ledger_of(THREE), server.port).ledger
    assert tuple(ledger.states.values()) == (SENT, FAILED, SENT)
    assert (server.commands.count("lone ."), server.connections) == (1, 1)


def test_no_lone_dot_where_a_recipient_was_taken_without_a_sender(
    scripted: Scripted, ledger_of: Make, run: Make
) -> None:
    server = scripted({"MAIL 2": "451 4.3.0 later", "DATA 2": "354 go on"})
    run(ledger_of(THREE), server.port)
    assert "lone ." not in server.commands
    assert len(server.messages) == 2


def test_what_was_announced_and_may_not_go_is_closed_upon(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    run(ledger_of(THREE, refused=frozenset({2})), server.port)
    assert "lone ." not in server.commands
    assert (len(server.messages), server.connections) == (2, 2)


def test_a_stop_sends_no_empty_letter(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    ledger = run(ledger_of(THREE), server.port, stop_on_begin=True).ledger
    assert list(ledger.states.values()) == [SENT, State.QUEUED, State.QUEUED]
    assert "lone ." not in server.commands


# ── what is asked for ───────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_offered_is_asked_for(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted()
    run(ledger_of(["ann+x@example.com"]), server.port)
    mail, rcpt = [line for line in server.commands if line[:4] in ("MAIL", "RCPT")]
    assert mail == f"MAIL FROM:<bounces+1@example.org> SIZE={len(server.messages[0]) - 1} RET=HDRS ENVID=1"
    assert rcpt == "RCPT TO:<ann+x@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann+2Bx@example.com"


def test_what_is_not_offered_is_not_asked_for(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted(offers=())
    run(ledger_of(["ann@example.com"]), server.port)
    assert "MAIL FROM:<bounces+1@example.org>" in server.commands
    assert "RCPT TO:<ann@example.com>" in server.commands


def test_a_letter_over_the_servers_limit_is_not_offered(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted(offers=("PIPELINING", "SIZE 100"))
    outcome = run(ledger_of(["ann@example.com"]), server.port).ledger.outcomes[1]
    assert (outcome.state, outcome.reason, outcome.reply.code) == (FAILED, "too big", 552)
    assert not any(line.startswith("MAIL") for line in server.commands)


def test_an_address_outside_ascii_fails_alone_without_smtputf8(scripted: Scripted, ledger_of: Make, run: Make) -> None:
    server = scripted(offers=("PIPELINING",))
    ledger = run(ledger_of(["анна@example.com", *THREE]), server.port).ledger
    assert list(ledger.states.values()) == [FAILED, SENT, SENT, SENT]
    assert ledger.outcomes[1].reply.enhanced == "5.6.7"


@pytest.mark.parametrize("key", ["MAIL", "RCPT", "DATA", "."])
def test_a_server_that_trickles_is_not_waited_for_for_ever(
    key: str, scripted: Scripted, ledger_of: Make, run: Make
) -> None:
    stage = {"MAIL": Stage.MAIL, "RCPT": Stage.RCPT, "DATA": Stage.DATA, ".": Stage.BODY}[key]
    server = scripted({key: "250-still thinking"}, offers=PLAIN)
    outcome = run(ledger_of(["ann@example.com"]), server.port, timeouts={stage.value: 0.05}).ledger.outcomes[1]
    assert (outcome.reply.stage, outcome.reply.code) == (stage, None)
