"""A doctored log is found out: losses, doubles without a reason, letters that were cut off."""

from dataclasses import replace

from digest.drill.arrivals import Arrival
from digest.drill.plan import How
from digest.drill.sums import Ended, Expected, Sums, add_up

EXPECTED = [Expected(number, f"{number}@example.org", f"reader{number}@example.com") for number in range(4)]
KILLED = Ended(How.KILL, began=0.0, in_doubt=frozenset({1}), connections=1)
FINISHED = Ended(How.END, began=10.0)


def arrival(number: int, at: float, connection: int = 1) -> Arrival:
    return Arrival(connection, f"{number}@example.org", f"reader{number}@example.com", at)


GOOD = [arrival(0, 1), arrival(1, 2), arrival(1, 11, 2), arrival(2, 12, 2), arrival(3, 13, 2)]


def sums(arrivals: list[Arrival], *runs: Ended) -> Sums:
    return add_up(EXPECTED, arrivals, runs or (KILLED, FINISHED), 1.0)


def test_a_double_that_was_in_doubt_is_accounted_for() -> None:
    assert sums(GOOD) == Sums(4, lost=0, doubled=1, uncertain=1, kills=1, broken=0, seconds=1.0, faults=())


def test_a_loss_is_reported() -> None:
    found = sums(GOOD[:-1])
    assert (found.lost, found.faults) == (1, ("1 recipients got no letter",))


def test_a_double_that_was_never_in_doubt_is_reported() -> None:
    found = sums([*GOOD, arrival(2, 14, 2)])
    assert found.doubled == 2
    assert "1 deliveries arrived twice although" in found.faults[0]


def test_a_third_copy_is_reported() -> None:
    assert sums([*GOOD, arrival(1, 14, 2)]).faults == ("1 deliveries arrived more than twice",)


def test_a_letter_cut_off_counts_as_broken_and_its_reader_as_lost() -> None:
    found = sums([*GOOD[:-1], replace(GOOD[-1], whole=False)])
    assert (found.broken, found.lost, len(found.faults)) == (1, 1, 2)


def test_a_letter_to_another_address_counts_as_broken() -> None:
    assert sums([*GOOD, replace(GOOD[0], recipient="reader1@example.com")]).broken == 1


def test_more_in_doubt_than_connections_is_reported() -> None:
    found = sums(GOOD, replace(KILLED, in_doubt=frozenset({1, 3})), FINISHED)
    assert found.faults == ("a kill left 2 deliveries in doubt on 1 connections",)


def test_two_in_doubt_on_one_connection_are_reported() -> None:
    found = sums(GOOD, replace(KILLED, in_doubt=frozenset({0, 1}), connections=2), FINISHED)
    assert found.faults == ("a kill left 1 connections with more than one delivery in doubt",)


def test_doubt_after_a_sigterm_is_reported() -> None:
    assert "SIGTERM" in sums(GOOD, replace(KILLED, how=How.TERM), FINISHED).faults[0]


def test_a_woken_sender_may_end_what_was_in_doubt_and_nothing_else() -> None:
    woken = Ended(How.FREEZE, began=10.0, in_doubt=frozenset({1}), connections=1, woken=True)
    frozen = replace(woken, began=0.0, woken=False)
    assert "sent 2 more letters when it was woken" in sums(GOOD, frozen, woken).faults[0]
    assert sums([arrival(0, 1), arrival(2, 2), arrival(3, 3), arrival(1, 11)], frozen, woken).faults == ()
