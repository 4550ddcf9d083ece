"""What becomes of a delivery after a reply: law 5 as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.retry import Decision, Lane, Uncertain, decide
from digest.types import Reply, Stage, State

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
SENT, FAILED, DEFERRED = State.SENT, State.FAILED, State.DEFERRED
ROW, DOMAIN, RELAY = Lane.ROW, Lane.DOMAIN, Lane.RELAY


def decided(
    reply: Reply,
    tries: int = 0,
    first_tried_at: datetime | None = None,
    uncertain: Uncertain = "resend",
    jitter: float = 0,
    another_relay: bool = False,
    soft_bounce: bool = False,
) -> Decision:
    return decide(
        reply,
        tries=tries,
        first_tried_at=first_tried_at,
        now=NOW,
        give_up_after=timedelta(days=4),
        uncertain=uncertain,
        jitter=jitter,
        another_relay=another_relay,
        soft_bounce=soft_bounce,
    )


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "state", "lane"),
    [
        (Stage.BODY, 250, "2.0.0", SENT, ROW),
        (Stage.BODY, 299, "", SENT, ROW),
        # to the row
        (Stage.RCPT, 550, "5.1.1", FAILED, ROW),
        (Stage.RCPT, 524, "5.2.4", FAILED, ROW),
        (Stage.RCPT, 599, "", FAILED, ROW),
        (Stage.DATA, 554, "", FAILED, ROW),
        (Stage.BODY, 554, "5.6.0", FAILED, ROW),
        (Stage.RCPT, 553, "5.6.7", FAILED, ROW),
        (Stage.RCPT, 451, "4.1.8", DEFERRED, ROW),
        (Stage.RCPT, 452, "4.2.2", DEFERRED, ROW),
        (Stage.RCPT, 450, "", DEFERRED, ROW),
        (Stage.RCPT, 552, "", DEFERRED, ROW),
        (Stage.BODY, 552, "5.2.2", FAILED, ROW),
        (Stage.MAIL, 552, "5.3.4", FAILED, ROW),
        (Stage.MAIL, 552, "", FAILED, ROW),
        (Stage.MAIL, 452, "4.3.1", DEFERRED, RELAY),
        # to the receiving domain
        (Stage.RCPT, 421, "", DEFERRED, DOMAIN),
        (Stage.BODY, 421, "4.7.0", DEFERRED, DOMAIN),
        (Stage.RCPT, 451, "4.3.0", DEFERRED, DOMAIN),
        (Stage.DATA, 451, "4.4.1", DEFERRED, DOMAIN),
        (Stage.RCPT, 450, "4.7.1", DEFERRED, DOMAIN),
        # to the relay
        (Stage.CONNECT, 554, "5.7.1", DEFERRED, RELAY),
        (Stage.CONNECT, None, "", DEFERRED, RELAY),
        (Stage.EHLO, 421, "", DEFERRED, RELAY),
        (Stage.TLS, 454, "", DEFERRED, RELAY),
        (Stage.AUTH, 535, "5.7.8", DEFERRED, RELAY),
        (Stage.MAIL, 550, "5.1.8", DEFERRED, RELAY),
        (Stage.MAIL, 421, "4.7.0", DEFERRED, RELAY),
        (Stage.RCPT, None, "", DEFERRED, RELAY),
        (Stage.DATA, None, "", DEFERRED, RELAY),
        (Stage.DATA, 250, "", DEFERRED, RELAY),
        (Stage.BODY, 354, "", DEFERRED, RELAY),
    ],
)
def test_a_reply_belongs_to_what_it_speaks_of(
    stage: Stage, code: int | None, enhanced: str, state: State, lane: Lane
) -> None:
    decision = decided(Reply(stage, code, "", enhanced))
    assert (decision.state, decision.lane) == (state, lane)
    assert decision.counts is (lane is not RELAY)


def test_a_refusal_for_policy_says_so() -> None:
    assert decided(Reply(Stage.BODY, 550, "", "5.7.1")).reason == "policy"


@pytest.mark.parametrize(
    ("tries", "minutes"), [(0, 5), (1, 15), (2, 30), (3, 60), (4, 120), (5, 180), (6, 180), (30, 180)]
)
def test_the_schedule_begins_with_minutes_and_goes_on_with_hours(tries: int, minutes: int) -> None:
    decision = decided(Reply(Stage.RCPT, 450), tries=tries)
    assert decision.next_try_at == NOW + timedelta(minutes=minutes)


def test_jitter_puts_a_try_off_by_a_fifth_at_most() -> None:
    assert decided(Reply(Stage.RCPT, 450), jitter=1).next_try_at == NOW + timedelta(minutes=6)


@pytest.mark.parametrize(("days", "state"), [(3.99, DEFERRED), (4, FAILED)])
def test_after_four_days_it_is_given_up(days: float, state: State) -> None:
    assert decided(Reply(Stage.RCPT, 450), first_tried_at=NOW - timedelta(days=days)).state is state


def test_a_lost_answer_to_the_dot_is_uncertain_and_waits_five_minutes() -> None:
    decision = decided(Reply(Stage.BODY, None))
    assert (decision.state, decision.lane) == (State.UNCERTAIN, RELAY)
    assert decision.next_try_at == NOW + timedelta(minutes=5)


def test_an_uncertain_one_is_held_where_so_wished() -> None:
    decision = decided(Reply(Stage.BODY, None), uncertain="hold")
    assert (decision.state, decision.next_try_at) == (State.UNCERTAIN, None)


REPLIES = st.builds(
    Reply,
    st.sampled_from(Stage),
    st.none() | st.integers(200, 599),
    st.text(max_size=20),
    st.just("") | st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True),
)


@given(REPLIES, st.integers(0, 1000), st.floats(0, 1))
def test_whoever_is_deferred_has_a_next_try_and_only_a_dot_sends(reply: Reply, tries: int, jitter: float) -> None:
    decision = decided(reply, tries=tries, jitter=jitter)
    assert (decision.state is DEFERRED) <= (decision.next_try_at is not None and decision.next_try_at > NOW)
    assert (decision.state is SENT) is (reply.stage is Stage.BODY and str(reply.code)[0] == "2")


@given(REPLIES)
def test_the_words_of_a_server_decide_nothing(reply: Reply) -> None:
    assert decided(reply) == decided(replace(reply, text="550 5.1.1 no such user"))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(Stage.MAIL, 552, enhanced="5.3.4"), "too big"),
        (Reply(Stage.BODY, 552), "too big"),
        (Reply(Stage.BODY, 554, enhanced="5.2.3"), "too big"),
        (Reply(Stage.BODY, 552, enhanced="5.2.2"), "refused"),
        (Reply(Stage.RCPT, 550, enhanced="5.7.1"), "policy"),
    ],
)
def test_a_failure_says_whose_fault_it_is(reply: Reply, reason: str) -> None:
    assert decided(reply).reason == reason


def test_another_relay_takes_over_at_once_and_the_try_is_not_used_up() -> None:
    decision = decided(Reply(Stage.MAIL, 451), another_relay=True)
    assert (decision.state, decision.next_try_at, decision.counts) == (DEFERRED, NOW, False)


def test_another_relay_changes_nothing_about_a_reply_to_the_row() -> None:
    reply = Reply(Stage.RCPT, 450)
    assert decided(reply, another_relay=True) == decided(reply)


def test_a_soft_bounce_tries_again_what_was_refused_for_good_until_it_gives_up() -> None:
    gone = Reply(Stage.RCPT, 550, "User unknown", "5.1.1")
    assert decided(gone).state is State.FAILED
    assert decided(gone, soft_bounce=True).state is State.DEFERRED
    given_up = decided(gone, soft_bounce=True, first_tried_at=NOW - timedelta(days=4))
    assert (given_up.state, given_up.reason) == (State.FAILED, "gave up")
