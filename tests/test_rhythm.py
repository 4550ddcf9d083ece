"""Rhythms: what may be written, which slots follow, and which moment a slot is where clocks jump."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rhythm import Rhythm, instant, local

RHYTHMS = [
    "tue 09:00",
    "mon,thu 07:30",
    "daily 02:30",
    "monthly 1 09:00",
    "monthly last 23:59",
    "0 9 * * 2",
    "*/30 1-3 * * *",
    "0 6 13 * 5",
    "0 0 29 2 *",
]
moments = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31))


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("wed 09:00", ["2026-01-07T09:00", "2026-01-14T09:00"]),
        ("MON,Thu 7:30", ["2026-01-08T07:30", "2026-01-12T07:30"]),
        ("daily 09:00", ["2026-01-07T09:00", "2026-01-08T09:00"]),
        ("monthly 1 09:00", ["2026-02-01T09:00", "2026-03-01T09:00"]),
        ("monthly last 09:00", ["2026-01-31T09:00", "2026-02-28T09:00"]),
        ("30 7 * * 1-5", ["2026-01-07T07:30", "2026-01-08T07:30"]),
        ("0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00"]),
    ],
)
def test_the_next_slots_after_tuesday_6_january_2026(text: str, slots: list[str]) -> None:
    rhythm = Rhythm.parse(text)

    first = rhythm.next_slot(datetime(2026, 1, 6, 12))

    assert [first, rhythm.next_slot(first)] == [datetime.fromisoformat(slot) for slot in slots]


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("sun", "Sun"),
        ("5-7", "Sun Fri Sat"),
        ("sat-mon", "Sun Mon Sat"),
        ("*/3", "Sun Wed Sat"),
        ("1/2", "Mon Wed Fri"),
        ("mon,4", "Mon Thu"),
    ],
)
def test_cron_counts_its_days_from_sunday(weekdays: str, expected: str) -> None:
    saturday = datetime(2026, 1, 3, 23)
    slots = Rhythm.parse(f"0 9 * * {weekdays}").slots_between(saturday, saturday + timedelta(days=7))

    assert " ".join(slot.strftime("%a") for slot in slots) == expected


def test_cron_with_both_day_fields_fires_on_either() -> None:
    slots = Rhythm.parse("0 9 13 * fri").slots_between(datetime(2026, 1, 8), datetime(2026, 1, 17))

    assert [slot.day for slot in slots] == [9, 13, 16]


def test_slots_between_leaves_out_its_start_and_holds_its_end() -> None:
    nine = datetime(2026, 1, 6, 9)

    assert list(Rhythm.parse("daily 09:00").slots_between(nine, nine + timedelta(days=2))) == [
        nine + timedelta(days=1),
        nine + timedelta(days=2),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "allowed"),
        ("tuesday 09:00", "sun, mon, tue"),
        ("tue 24:00", "HH:MM"),
        ("tue 9", "HH:MM"),
        ("mon, 09:00", "not a day"),
        ("monthly 29 09:00", "1 to 28"),
        ("monthly ² 09:00", "1 to 28"),
        ("weekly tue at 09:00", "allowed"),
        ("0 9 * * 8", "0 to 7"),
        ("0 9 * * 1-", "0 to 7"),
        ("0 9 * * tues", "0 to 7"),
        ("61 9 * * *", "not a cron line"),
        ("0 9 first * *", "not a cron line"),
        ("0 9 1 foo *", "not a cron line"),
        ("0 9 ? * *", "allowed"),
        ("0 9 30 2 *", "never comes"),
    ],
)
def test_what_is_no_rhythm_is_told_what_is(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Rhythm.parse(text)


@pytest.mark.parametrize(
    ("zone", "slot", "utc"),
    [
        ("America/New_York", "2026-01-06T09:00", "2026-01-06T14:00"),
        ("America/New_York", "2026-07-07T09:00", "2026-07-07T13:00"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30"),  # left out: becomes 03:30
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),  # comes twice: the first
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45"),  # its gap is half an hour
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
    ],
)
def test_the_moment_of_a_slot_where_clocks_jump(zone: str, slot: str, utc: str) -> None:
    assert instant(datetime.fromisoformat(slot), ZoneInfo(zone)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "slot", "shown"),
    [
        ("America/New_York", "2026-03-08T02:30", "03:30"),
        ("Europe/Berlin", "2026-03-29T02:00", "03:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "02:45"),
    ],
)
def test_an_hour_left_out_moves_forward_by_the_gap(zone: str, slot: str, shown: str) -> None:
    place = ZoneInfo(zone)

    assert local(instant(datetime.fromisoformat(slot), place), place).strftime("%H:%M") == shown


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_a_day_of_clock_change_has_its_slot_once(day: str) -> None:
    start = datetime.fromisoformat(day)

    assert len(list(Rhythm.parse("daily 01:30").slots_between(start, start + timedelta(days=1)))) == 1


@given(st.sampled_from(RHYTHMS), moments)
def test_each_slot_is_later_than_the_moment_before_and_none_lies_between(text: str, after: datetime) -> None:
    rhythm = Rhythm.parse(text)
    slot = rhythm.next_slot(after)

    assert slot > after
    assert rhythm.next_slot(slot - timedelta(microseconds=1)) == slot


@given(moments, st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]))
def test_a_wall_time_read_back_from_its_moment_is_itself_or_moved_by_a_gap(slot: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    moved = local(instant(slot, zone), zone) - slot

    assert moved in {timedelta(0), timedelta(minutes=30), timedelta(hours=1)}


@given(st.text(max_size=20) | st.from_regex(r"[0-9a-z*/,-]+( [0-9a-z*/,-]+){4}", fullmatch=True))
def test_any_text_is_a_rhythm_or_a_sentence(text: str) -> None:
    try:
        Rhythm.parse(text).next_slot(datetime(2026, 1, 6))
    except ValueError as error:
        assert str(error)  # noqa: PT017
