"""Law 1 and law 3: what is claimed, begun and finished, and what becomes of it when a sender dies or is overtaken."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import subscribers
from digest.database import Database
from digest.errors import OwnershipLostError
from digest.models import AttemptRow, DeliveryRow, EditionRow, SenderRow
from digest.record import erasure, leases
from digest.record.ledger import SqlLedger
from digest.types import Finished, Reply, Stage, State

from .conftest import NOW, SetClock

NewLedger = Callable[..., SqlLedger]
OK = Reply(Stage.BODY, 250, "queued as 4711", "2.0.0")


def finished(number: int, state: State = State.SENT, reply: Reply = OK, **more: object) -> Finished:
    return Finished(number, state, "relay:25", reply, NOW, NOW, **more)  # type: ignore[arg-type]


def states(database: Database) -> dict[int, str]:
    with database.read() as session:
        return {row.id: row.state for row in session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))}


def crash(ledger: SqlLedger) -> None:
    """Leave the ledger as a killed process leaves it: the lease held by a process that is gone."""
    ledger._stopped.set()
    with ledger._database.write() as session:
        session.execute(update(SenderRow).values(pid=2**22 + 1))


def test_a_delivery_goes_its_way(database: Database, on_its_way: list[int], new_ledger: NewLedger) -> None:
    first, second, third = on_its_way
    with new_ledger() as ledger:
        assert [row.delivery_id for row in ledger.claim(10)] == on_its_way
        assert ledger.turn([], [first]) == {first}
        assert ledger.turn([finished(first)], [second]) == {second}
        assert states(database) == {first: "sent", second: "sending", third: "claimed"}


def test_an_attempt_keeps_the_servers_own_words(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    with new_ledger() as ledger:
        ledger.claim(1)
        ledger.turn([], on_its_way[:1])
        ledger.turn([finished(on_its_way[0])], [])
    with database.read() as session:
        attempt = session.scalars(select(AttemptRow)).one()
        assert (attempt.code, attempt.enhanced, attempt.text) == (250, "2.0.0", "queued as 4711")


def test_the_address_fills_the_to_slot(on_its_way: list[int], new_ledger: NewLedger) -> None:
    with new_ledger() as ledger:
        claimed = ledger.claim(1)[0]
    assert claimed.slots == {"to": "ann@example.org", "message_id": "1@example.org"}


def test_after_a_crash_claimed_rows_are_free_and_sending_ones_uncertain(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    ledger = new_ledger().__enter__()
    ledger.claim(2)
    ledger.turn([], on_its_way[:1])
    crash(ledger)
    with new_ledger():
        assert list(states(database).values()) == ["uncertain", "queued", "queued"]


def test_an_uncertain_delivery_is_sent_again_once_after_five_minutes_then_held(
    database: Database, on_its_way: list[int], new_ledger: NewLedger, clock: SetClock
) -> None:
    uncertain = on_its_way[0]
    for again in (True, False):
        ledger = new_ledger().__enter__()
        ledger.claim(1)
        assert ledger.turn([], [uncertain]) == {uncertain}
        crash(ledger)
        with new_ledger() as after:
            assert uncertain not in [row.delivery_id for row in after.claim(10)]
            after.release(on_its_way)
        clock.move(minutes=5)
        with new_ledger() as later:
            assert (uncertain in [row.delivery_id for row in later.claim(10)]) is again
            later.release(on_its_way)


def test_under_hold_an_uncertain_delivery_is_never_sent_again(
    on_its_way: list[int], new_ledger: NewLedger, clock: SetClock
) -> None:
    ledger = new_ledger(resend=False).__enter__()
    ledger.claim(1)
    ledger.turn([], on_its_way[:1])
    crash(ledger)
    clock.move(days=1)
    with new_ledger(resend=False) as later:
        assert [row.delivery_id for row in later.claim(10)] == on_its_way[1:]


def test_a_sender_whose_lease_ran_out_sends_nothing_more(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    with new_ledger() as frozen:
        frozen.claim(3)
        frozen.turn([], on_its_way[:1])
        with database.write() as session:
            session.execute(update(SenderRow).values(lease_until=0.0))
        with new_ledger() as other:
            other.claim(10)
            with pytest.raises(OwnershipLostError):
                frozen.turn([finished(on_its_way[0])], [])
            with pytest.raises(OwnershipLostError):
                frozen.turn([], on_its_way[1:])
            with pytest.raises(OwnershipLostError):
                frozen.claim(1)


def test_two_senders_never_hold_the_same_delivery(on_its_way: list[int], new_ledger: NewLedger) -> None:
    with new_ledger() as one, new_ledger() as two:
        held = [row.delivery_id for row in (*one.claim(2), *two.claim(10))]
    assert sorted(held) == on_its_way


def test_what_was_claimed_is_free_again_after_a_clean_end(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    with new_ledger() as ledger:
        ledger.claim(3)
    assert set(states(database).values()) == {"queued"}


def test_a_deferred_delivery_waits_for_its_time(on_its_way: list[int], new_ledger: NewLedger, clock: SetClock) -> None:
    with new_ledger() as ledger:
        ledger.claim(1)
        ledger.turn([], on_its_way[:1])
        later = NOW + timedelta(minutes=5)
        ledger.turn([finished(on_its_way[0], State.DEFERRED, next_try_at=later)], [])
        assert on_its_way[0] not in [row.delivery_id for row in ledger.claim(10)]
        ledger.release(on_its_way)
        clock.now = later
        assert on_its_way[0] in [row.delivery_id for row in ledger.claim(10)]


def test_a_resting_lane_is_passed_over(
    database: Database, on_its_way: list[int], new_ledger: NewLedger, clock: SetClock
) -> None:
    with new_ledger() as ledger:
        ledger.rest("domain:example.org", NOW + timedelta(hours=1), "421 too many")
        ledger.rest("domain:example.org", NOW + timedelta(hours=2), "421 still too many")
        clock.move(hours=1, minutes=30)
        assert ledger.claim(10) == []
        clock.move(hours=1)
        assert len(ledger.claim(10)) == 3


def test_a_paused_edition_sends_nothing_more_not_even_what_is_claimed(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    with new_ledger() as ledger:
        ledger.claim(10)
        with database.write() as session:
            session.execute(update(EditionRow).values(state="paused"))
        assert ledger.turn([], on_its_way[:1]) == frozenset()
        assert states(database)[on_its_way[0]] == "queued"
        assert ledger.claim(10) == []


def _unsubscribe(database: Database, person: int) -> None:
    with database.write() as session:
        subscribers.unsubscribe(session, person, "weekly", via="one-click", now=NOW)


def _pause(database: Database, person: int) -> None:
    with database.write() as session:
        subscribers.pause(session, person, NOW + timedelta(weeks=4), via="preferences page", now=NOW)


def _suppress(database: Database, person: int) -> None:
    with database.write() as session:
        row = session.get_one(subscribers.models.Subscriber, person)
        subscribers.suppress(session, row.address_key, subscribers.Reason.COMPLAINT, via="feedback", now=NOW)


def _suppress_domain(database: Database, person: int) -> None:
    with database.write() as session:
        session.get_one(subscribers.models.Subscriber, person).domain = "elsewhere.org"
        subscribers.suppress_domain(session, "elsewhere.org", subscribers.Reason.BY_HAND, now=NOW)


def _erase(database: Database, person: int) -> None:
    with database.write() as session:
        erasure.erase(session, person, via="command line", now=NOW)


@pytest.mark.parametrize("leave", [_unsubscribe, _pause, _suppress, _suppress_domain, _erase])
def test_who_left_after_the_freeze_gets_nothing(
    database: Database, on_its_way: list[int], new_ledger: NewLedger, leave: Callable[[Database, int], None]
) -> None:
    leave(database, 1)
    with new_ledger() as ledger:
        assert [row.delivery_id for row in ledger.claim(10)] == on_its_way[1:]
        assert states(database)[on_its_way[0]] == "left_out"


def test_a_process_is_known_by_its_pid_and_when_it_began() -> None:
    assert leases.process_start(1)
    assert leases.process_start(2**22 + 1) == ""
