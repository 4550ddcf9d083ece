"""A digest's key as one readable line, which tells the digests of an edition apart in the tables, and back."""

from datetime import datetime
from itertools import accumulate, pairwise

from digest.types import DigestKey

HELD = " held "
"""What stands in the line of a digest that held articles back, and in no other."""


def key_line(key: DigestKey) -> str:
    """`asia;china since 2026-01-01T14:00:00+00:00 en before 107+2+1 held 112`; in most editions without the last two.

    Of the ids each after the first is written as its distance: PostgreSQL indexes no line longer than 2,700 bytes.
    """
    since = key.since.isoformat() if key.since else "ever"
    before = f" before {_joined(key.before)}" if key.before else ""
    held = f"{HELD}{_joined(key.held)}" if key.held else ""
    return f"{';'.join(key.topics)} since {since} {key.language}{before}{held}"


def read_key_line(line: str) -> DigestKey:
    """A key back from its line."""
    topics, _, since, language, *rest = line.split(" ")
    ids = dict(zip(rest[::2], rest[1::2], strict=True))
    return DigestKey(
        tuple(topics.split(";")),
        None if since == "ever" else datetime.fromisoformat(since),
        language,
        before=_split(ids.get("before", "")),
        held=_split(ids.get("held", "")),
    )


def _joined(ids: tuple[int, ...]) -> str:
    return "+".join(str(number - before) for before, number in pairwise((0, *ids)))


def _split(ids: str) -> tuple[int, ...]:
    return tuple(accumulate(int(step) for step in ids.split("+"))) if ids else ()
