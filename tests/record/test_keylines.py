"""The line that a digest's key is stored as says all of it."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.record.keylines import HELD, key_line, read_key_line
from digest.types import DigestKey

IDS = st.sets(st.integers(1, 2**40)).map(lambda ids: tuple(sorted(ids)))


@given(
    st.lists(st.from_regex(r"[a-z0-9-]{1,9}", fullmatch=True), min_size=1).map(tuple),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(["en", "de"]),
    IDS,
    IDS,
)
def test_a_stored_key_is_read_back(
    topics: tuple[str, ...], since: datetime | None, language: str, before: tuple[int, ...], held: tuple[int, ...]
) -> None:
    key = DigestKey(topics, since, language, before, held)
    assert read_key_line(key_line(key)) == key
    assert (HELD in key_line(key)) == bool(held)


def test_a_line_from_before_topics_could_roll_over_is_read() -> None:
    line = "asia;china since 2026-01-01T14:00:00+00:00 en"
    key = DigestKey(("asia", "china"), datetime(2026, 1, 1, 14, tzinfo=UTC))
    assert (read_key_line(line), key_line(key)) == (key, line)


def test_the_longest_line_can_be_indexed() -> None:
    topics = tuple(f"a-topic-of-{number}" for number in range(60))
    held = tuple(range(1_000_000, 1_000_000 + 60 * 9 * 30, 30))  # of each topic one less than the highest minimum
    assert len(key_line(DigestKey(topics, datetime(2026, 1, 1, tzinfo=UTC), "en", held=held))) < 2700
