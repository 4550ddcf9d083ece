"""When a domain that refuses us for policy is left alone."""

from datetime import UTC, datetime, timedelta

from digest.deliver.lanes import LaneWatch

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)


def noted(watch: LaneWatch, outcomes: str, domain: str = "example.com", now: datetime = NOW) -> list[bool]:
    """Note one outcome per letter: `p` for policy, `.` for any other."""
    return [watch.note(domain, policy=outcome == "p", now=now) for outcome in outcomes]


def test_three_in_a_row_rest_the_domain() -> None:
    assert noted(LaneWatch(), "..ppp") == [False] * 4 + [True]


def test_one_or_two_do_not() -> None:
    assert not any(noted(LaneWatch(), "pp.."))


def test_five_percent_of_ten_minutes_do() -> None:
    assert noted(LaneWatch(), "p" + "." * 28 + "p" + "." * 29 + "p")[-1]


def test_less_than_five_percent_do_not() -> None:
    assert not any(noted(LaneWatch(), "p" + "." * 30 + "p" + "." * 30 + "p"))


def test_domains_are_counted_apart() -> None:
    watch = LaneWatch()
    assert not any(noted(watch, "pp", "a.example") + noted(watch, "p", "b.example"))


def test_what_is_older_than_ten_minutes_is_forgotten() -> None:
    watch = LaneWatch()
    noted(watch, "p.p.")
    assert noted(watch, "p.", now=NOW + timedelta(minutes=10)) == [False, False]
