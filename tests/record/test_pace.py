"""Rates: even distances, never a burst, whatever is asked for in whatever portions; and the warm-up of a relay."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.record.pace import HORIZON_SECONDS, Pace, Rates, WarmUp, allot, reserve

FRESH = Pace(0.0, 0.0)
DAY = 86_400


def test_a_fresh_lane_sends_at_once_and_then_at_even_distances() -> None:
    allotted = allot(FRESH, 4, 2.0, now=100.0)
    assert allotted.waits == [0.0, 0.5, 1.0, 1.5]
    assert allotted.pace.next_at == 102.0


def test_what_is_beyond_the_horizon_is_put_off_to_its_time() -> None:
    allotted = allot(FRESH, 9, 1.0, now=100.0)
    assert allotted.waits == [0, 1, 2, 3, 4, 5]
    assert allotted.put_off == [1, 2, 3]
    assert allotted.pace == Pace(106.0, 109.0)


def test_what_comes_later_is_put_off_behind_what_was_put_off_before() -> None:
    first = allot(FRESH, 9, 1.0, now=100.0)
    assert allot(first.pace, 2, 1.0, now=100.0).put_off == [4, 5]


def test_nothing_is_put_off_for_longer_than_a_quarter_of_an_hour() -> None:
    assert max(allot(FRESH, 5000, 1.0, now=100.0).put_off) == 900


def test_a_reservation_tells_how_long_the_first_letter_waits() -> None:
    pace, wait = reserve(FRESH, 10, 5.0, now=100.0)
    assert (wait, reserve(pace, 1, 5.0, now=100.5)[1]) == (0.0, 1.5)


@given(
    rate=st.floats(0.01, 1000),
    asked=st.lists(st.tuples(st.floats(0, 10), st.integers(0, 50)), max_size=30),
)
def test_letters_never_begin_closer_together_than_the_rate_allows(rate: float, asked: list[tuple[float, int]]) -> None:
    pace, now, begun = FRESH, 1000.0, []
    for seconds, count in asked:
        now += seconds
        allotted = allot(pace, count, rate, now)
        begun += [now + wait for wait in allotted.waits]
        assert len(allotted.waits) + len(allotted.put_off) == count
        assert all(wait <= HORIZON_SECONDS + 1e-6 for wait in allotted.waits)
        assert all(seconds > 0 for seconds in allotted.put_off)
        pace = allotted.pace
    assert all(later - earlier >= 1 / rate - 1e-6 for earlier, later in pairwise(begun))


@pytest.mark.parametrize(
    ("domain", "rate"), [("gmail.com", 50.0), ("example.org", 5.0), ("sub.gmail.com", 5.0), ("GMAIL.com", 5.0)]
)
def test_a_domain_has_its_own_rate_or_that_of_every_other(domain: str, rate: float) -> None:
    assert Rates(domains={"gmail.com": 50.0, "*": 5.0}).of_domain(domain) == rate


def test_without_rates_nothing_is_limited() -> None:
    assert (Rates().of_domain("gmail.com"), Rates().of_relay(0)) == (None, None)


@pytest.mark.parametrize(("day", "a_day"), [(0, 500), (1, 1000), (2, 2000), (7, 64_000), (10_000, DAY)])
def test_a_warm_up_grows_each_day_until_the_rate_is_the_limit(day: int, a_day: int) -> None:
    rates = Rates(relay=1.0, warm_up=WarmUp(first_day=500, growth=2))
    assert rates.of_relay(day) == pytest.approx(a_day / DAY)


def test_a_warm_up_without_a_rate_grows_without_end() -> None:
    rate = Rates(warm_up=WarmUp(first_day=500, growth=2)).of_relay(1_000_000)
    assert rate is not None
    assert rate > 10_000
