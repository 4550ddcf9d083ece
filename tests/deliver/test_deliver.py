"""Sending over real sockets: everybody gets one letter, every outcome is written, and a stop leaves no doubt."""

import email
import email.policy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from digest.deliver import engine, worker
from digest.errors import OwnershipLostError
from digest.testserver import TestServer
from digest.types import Stage, State

Start = Callable[..., TestServer]
Make = Callable[..., Any]


def copies(server: TestServer) -> int:
    return len(list((server.store / "new").iterdir()))


def readers(count: int, domain: str = "example.com") -> list[str]:
    return [f"reader{number}@{domain}" for number in range(count)]


def test_500_letters_arrive_once_and_without_a_defect(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    ledger = run(ledger_of(readers(500)), server.port, connections=10).ledger
    assert set(ledger.states.values()) == {State.SENT}
    messages = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (server.store / "new").iterdir()
    ]
    assert len({message["Message-ID"] for message in messages}) == 500
    assert not any(message.defects for message in messages)


def test_a_letter_arrives_byte_for_byte(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    run(ledger_of(["ann@example.com"]), server.port)
    (path,) = (server.store / "new").iterdir()
    envelope, _, message = path.read_bytes().partition(b"From: ")
    assert envelope == b"Return-Path: <bounces+1@example.org>\r\nDelivered-To: ann@example.com\r\n"
    assert b"\r\n\r\n.first line\r\nOne more" in message


def test_never_more_in_doubt_than_connections_and_one_commit_a_letter(start: Start, ledger_of: Make, run: Make) -> None:
    ledger = run(ledger_of(readers(60)), start().port, connections=3).ledger
    assert ledger.most_sending <= 3
    assert len(ledger.turns) <= 60 + 3


def test_what_may_not_begin_is_not_sent(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    run(ledger_of(readers(3), refused=frozenset({2})), server.port)
    assert copies(server) == 2


def test_every_outcome_is_reported_after_it_is_written(start: Start, ledger_of: Make, run: Make) -> None:
    sent = run(ledger_of(readers(5)), start().port)
    assert sent.reports == list(sent.ledger.outcomes.values())
    assert sent.reports[0].relay.startswith("127.0.0.1:")


def test_nothing_due_opens_no_connection(start: Start, ledger_of: Make, run: Make) -> None:
    assert run(ledger_of([]), start().port, connections=4).connections_opened == 0


def test_a_connection_is_renewed_now_and_then(
    start: Start, ledger_of: Make, run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_MESSAGES_PER_CONNECTION", 10)
    assert run(ledger_of(readers(30)), start().port).connections_opened == 3


def test_a_letter_without_a_slot_value_fails_alone(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    ledger = run(ledger_of(["ann@example.com"], slots={"to": "ann@example.com"}), server.port).ledger
    assert ledger.outcomes[1].state is State.FAILED
    assert "message_id" in ledger.outcomes[1].reason
    assert copies(server) == 0


def test_a_damaged_blueprint_fails_its_letters_with_a_reason(start: Start, ledger_of: Make, run: Make) -> None:
    ledger = run(ledger_of(readers(2), stored=b"no blueprint"), start().port).ledger
    assert {one.reason for one in ledger.outcomes.values()} == {"blueprint 1 is damaged; compose the edition again"}


def test_an_address_that_smtp_cannot_carry_fails_alone(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    ledger = run(ledger_of(["a@b.example>\r\nRCPT TO:<x@y.example", "ann@example.com"]), server.port).ledger
    assert (ledger.states[1], ledger.states[2]) == (State.FAILED, State.SENT)
    assert copies(server) == 1


def test_another_sender_in_charge_ends_everything(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    with pytest.raises(OwnershipLostError):
        run(ledger_of(readers(50), lose_at=5), server.port, connections=1)
    assert copies(server) == 4


# ── lanes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_domain_rests_and_the_others_go_on(start: Start, ledger_of: Make, run: Make) -> None:
    server = start('[{stage: rcpt, recipient: "*@busy.example", do: defer, code: 421, text: 4.7.0 later}]')
    addresses = [*readers(5, "busy.example"), *readers(5)]
    ledger = run(ledger_of(addresses), server.port).ledger
    assert [lane for lane, _, _ in ledger.rests] == ["domain:busy.example"]
    assert list(ledger.states.values()) == [State.DEFERRED] + [State.QUEUED] * 4 + [State.SENT] * 5


def test_the_reason_of_a_rest_holds_no_address(start: Start, ledger_of: Make, run: Make) -> None:
    server = start('[{stage: rcpt, do: defer, code: 450, text: "4.7.1 <ann@example.com> greylisted"}]')
    ledger = run(ledger_of(["ann@example.com"]), server.port).ledger
    assert ledger.rests[0][2] == "450 4.7.1"


def test_three_refusals_for_policy_pause_the_domain(start: Start, ledger_of: Make, run: Make) -> None:
    server = start("[{stage: body, do: refuse, code: 550, text: 5.7.1 we do not like you}]")
    ledger = run(ledger_of(readers(5)), server.port).ledger
    assert [one.reason for one in ledger.outcomes.values()] == ["policy"] * 3
    in_an_hour = ledger.outcomes[1].finished_at + timedelta(hours=1)
    assert ledger.rests == [("domain:example.com", in_an_hour, "policy")]


# ── the relay ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_relay_that_is_down_is_given_up_and_nothing_is_used_up(start: Start, ledger_of: Make, run: Make) -> None:
    server = start()
    server.stop()
    sent = run(ledger_of(readers(5)), server.port, connections=2)
    assert sent.refusal is not None
    assert sent.refusal.stage is Stage.CONNECT
    assert set(sent.ledger.states.values()) == {State.QUEUED}


def test_a_patient_sender_tries_until_the_relay_is_back(start: Start, ledger_of: Make, run: Make) -> None:
    sent = run(ledger_of(readers(5)), start("[{stage: connect, do: defer, times: 6}]").port, patient=True)
    assert set(sent.ledger.states.values()) == {State.SENT}
    assert sent.refusal is None


# ── stopping ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stop_finishes_the_letter_in_hand_and_gives_back_the_rest(start: Start, ledger_of: Make, run: Make) -> None:
    server = start("[{stage: body, do: slow, seconds: 0.1}]")
    ledger = run(ledger_of(readers(5)), server.port, stop_on_begin=True).ledger
    assert list(ledger.states.values()) == [State.SENT] + [State.QUEUED] * 4
    assert copies(server) == 1


def test_a_letter_without_an_answer_in_time_stays_in_doubt_and_is_reported(
    start: Start, ledger_of: Make, run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_GRACE_SECONDS", 0.1)
    sent = run(ledger_of(readers(5)), start("[{stage: body, do: slow, seconds: 60}]").port, stop_on_begin=True)
    assert list(sent.ledger.states.values()) == [State.UNCERTAIN] + [State.QUEUED] * 4
    assert [(one.delivery_id, one.state) for one in sent.reports] == [(1, State.UNCERTAIN)]


def test_a_stop_before_the_message_leaves_no_empty_letter(
    start: Start, ledger_of: Make, run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_GRACE_SECONDS", 0.1)
    server = start("[{stage: data, do: slow, seconds: 60}]")
    run(ledger_of(readers(1)), server.port, stop_on_begin=True)
    server.stop()
    assert copies(server) == 0


def test_a_stop_while_the_relay_rests_ends_at_once(start: Start, ledger_of: Make, run: Make) -> None:
    ledger = ledger_of(readers(2))
    server = start("[{stage: mail, do: hang-up}]")
    sent = run(ledger, server.port, patient=True, stop_on_begin=True, relay_pause=3600)
    assert list(sent.ledger.states.values()) == [State.DEFERRED, State.QUEUED]
