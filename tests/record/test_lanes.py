"""Lanes: what rests is put off and stands in nobody's way, and each receiving domain and relay keeps its rate."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.database import Database
from digest.models import DeliveryRow, PaceRow
from digest.record import lanes, reports
from digest.record.ledger import SqlLedger
from digest.record.pace import Rates

from .conftest import NOW, SetClock

NewLedger = Callable[..., SqlLedger]


def rows(database: Database) -> list[DeliveryRow]:
    with database.read() as session:
        return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)))


def test_what_rests_is_put_off_until_its_lane_wakes(
    database: Database, on_its_way: list[int], new_ledger: NewLedger
) -> None:
    wakes = NOW + timedelta(hours=1)
    with new_ledger() as ledger:
        ledger.rest("domain:example.org", wakes, "421 too many")
        assert ledger.claim(10) == []
    assert [(row.state, row.reason, row.next_try_at, row.tries) for row in rows(database)] == [
        ("deferred", "its domain rests: 421 too many", wakes, 0)
    ] * 3


def test_a_resting_domain_does_not_hold_up_the_others(
    database: Database, on_its_way: list[int], new_ledger: NewLedger, join: Callable[..., int]
) -> None:
    with new_ledger() as ledger:
        ledger.rest("domain:example.net", NOW + timedelta(hours=1), "policy")
        assert [one.delivery_id for one in ledger.claim(10)] == on_its_way


def test_lanes_that_rest_are_shown(database: Database, on_its_way: list[int], new_ledger: NewLedger) -> None:
    with new_ledger() as ledger:
        ledger.rest("domain:example.org", NOW + timedelta(hours=1), "policy")
        ledger.rest("domain:example.net", NOW, "over")
    with database.read() as session:
        (edition,) = reports.editions(session, NOW)
        assert edition["reason"] == "example.org rests until 2026-01-07 15:00 UTC: policy"


def test_letters_to_one_domain_begin_at_its_rate(on_its_way: list[int], new_ledger: NewLedger) -> None:
    with new_ledger(rates=Rates(domains={"example.org": 0.5})) as ledger:
        assert [one.wait for one in ledger.claim(10)] == [0, 2, 4]


def test_another_domains_rate_is_no_hindrance(on_its_way: list[int], new_ledger: NewLedger) -> None:
    with new_ledger(rates=Rates(domains={"example.net": 0.001})) as ledger:
        assert [one.wait for one in ledger.claim(10)] == [0, 0, 0]


def test_what_is_beyond_the_horizon_waits_and_is_still_work(
    database: Database, on_its_way: list[int], new_ledger: NewLedger, clock: SetClock
) -> None:
    slow = Rates(domains={"*": 0.1})
    with new_ledger(rates=slow) as ledger:
        assert [one.delivery_id for one in ledger.claim(10)] == on_its_way[:1]
        assert {row.state for row in rows(database)[1:]} == {"deferred"}
        (second,) = ledger.claim(10)
        assert second.delivery_id == on_its_way[1]
        assert second.wait == pytest.approx(10, abs=2)
        (third,) = ledger.claim(10)
        assert third.wait == pytest.approx(20, abs=2)
        assert ledger.claim(10) == []


def test_a_rate_holds_across_senders_and_restarts(on_its_way: list[int], new_ledger: NewLedger) -> None:
    slow = Rates(domains={"example.org": 0.5})
    with new_ledger(rates=slow) as first:
        first.claim(1)
        with new_ledger(rates=slow) as second:
            assert second.claim(1)[0].wait == pytest.approx(2, abs=1)
    with new_ledger(rates=slow) as later:
        assert later.claim(1)[0].wait == pytest.approx(4, abs=2)


def test_a_relays_letters_are_planned_one_after_the_other(new_ledger: NewLedger) -> None:
    with new_ledger() as one, new_ledger() as two:
        assert one.reserve("relay:mx:25", 0.5, 10) == 0
        assert two.reserve("relay:mx:25", 0.5, 1) == pytest.approx(20, abs=2)
        assert two.reserve("relay:other:25", 0.5, 1) == 0


def test_paces_that_hold_nobody_up_are_forgotten(database: Database, new_ledger: NewLedger) -> None:
    with new_ledger() as ledger:
        ledger.reserve("relay:busy:25", 0.001, 1)
    with database.write() as session:
        session.add(PaceRow(name="relay:idle:25", next_at=1.0, later_at=1.0))
    with new_ledger(), database.read() as session:
        assert list(session.scalars(select(PaceRow.name))) == ["relay:busy:25"]


def test_a_warm_up_counts_days_from_the_first_that_was_seen(database: Database) -> None:
    with database.write() as session:
        days = [lanes.day_of_warm_up(session, "relay:mx:25", NOW + timedelta(hours=hours)) for hours in (0, 9, 10, 58)]
        assert days == [0, 0, 1, 3]
        assert lanes.day_of_warm_up(session, "relay:new:25", NOW + timedelta(days=9)) == 0
