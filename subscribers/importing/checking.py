"""Turns the rows of a list into rows for the temporary table, or says why one cannot be taken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from subscribers.address import address_key, parse_address
from subscribers.changing import LANGUAGE
from subscribers.errors import AddressError, RefusedRow
from subscribers.importing.layouts import Layout
from subscribers.importing.table import Row
from subscribers.importing.words import WordError, read_fate, read_reason, read_time
from subscribers.models import EVERY_TOPIC, Rhythm
from subscribers.topics import join_topics

_NAME_CHARACTERS = 200
_NAMES = ("name", "first name", "last name")
_TIMES = ("subscribed_at", "confirmed_at", "left_at", "suppressed_at", "paused_until")
_CACHED = 4096
"""A list of 100,000 rows holds a few dozen combinations of topics, and few moments of joining."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list may speak of: newsletters by their keys, each with its topics' names and slugs → slugs."""

    newsletters: Mapping[str, Mapping[str, str]]
    default: str
    """The newsletter of rows that name none."""


class Checker:
    """Checks rows of one layout. What it cannot take it hands to `refuse`."""

    def __init__(
        self,
        layout: Layout,
        offer: Offer,
        *,
        secret: bytes,
        zone: tzinfo,
        now: datetime,
        refuse: Callable[[RefusedRow], None],
    ) -> None:
        self._layout = layout
        self._offer = offer
        self._secret = secret
        self._now = now
        self._refuse = refuse
        self._slugs = {
            key: {name.casefold(): slug for name, slug in topics.items()} for key, topics in offer.newsletters.items()
        }
        self._topics = lru_cache(_CACHED)(self._read_topics)
        self._time = lru_cache(_CACHED)(lambda text: read_time(text, zone))
        self._fate = lru_cache(_CACHED)(read_fate)
        columns = layout.columns
        self._names = [columns[field] for field in _NAMES if field in columns]
        self._times = [(field, columns[field]) for field in _TIMES if field in columns]
        self._plain = [(field, columns[field]) for field in ("consent_via", "consent_wording")
                       if field in columns]  # fmt: skip

    def check(self, rows: Iterable[Row | RefusedRow]) -> Iterator[dict[str, Any]]:
        """The rows that can be taken, one by one."""
        for row in rows:
            if isinstance(row, RefusedRow):
                self._refuse(row)
                continue
            try:
                yield self._staged(row.record)
            except (AddressError, WordError) as error:
                self._refuse(RefusedRow(row.number, str(error)))

    def _staged(self, record: Any) -> dict[str, Any]:
        columns = self._layout.columns
        address = parse_address(record[columns["email"]].strip())
        newsletter = self._newsletter(record[columns["newsletter"]]) if "newsletter" in columns else self._offer.default
        staged: dict[str, Any] = {
            "address_key": address_key(address, self._secret),
            "address": str(address),
            "domain": address.domain,
            "newsletter": newsletter,
            "name": clean_name(" ".join(record[place] for place in self._names)),
            "topics": self._topics(record[columns["topics"]], newsletter) if "topics" in columns else None,
        }
        if "state" in columns or self._layout.given:
            word = self._layout.given.get("state") or record[columns["state"]]
            staged["state"], staged["suppressed"] = self._fate(word)
        if "suppressed" in columns:
            staged["suppressed"] = read_reason(record[columns["suppressed"]]) or staged.get("suppressed")
        if "rhythm" in columns:
            staged["rhythm"] = _rhythm(record[columns["rhythm"]])
        for field, place in self._times:
            staged[field] = self._time(record[place])
            if field != "paused_until" and staged[field] and staged[field] > self._now:
                raise WordError(f"{record[place]!r} is yet to come")
        if "language" in columns:
            staged["language"] = _language(record[columns["language"]])
        for field, place in self._plain:
            staged[field] = clean_name(record[place])
        return staged

    def _newsletter(self, text: str) -> str:
        key = text.strip() or self._offer.default
        if key not in self._slugs:
            raise WordError(f"there is no newsletter {key!r}; there are {', '.join(self._slugs)}")
        return key

    def _read_topics(self, text: str, newsletter: str) -> str | None:
        """The stored form; None where another program's labels name no topic, which says nothing."""
        if text.strip() == EVERY_TOPIC:
            return EVERY_TOPIC
        slugs, names = self._slugs[newsletter], self._layout.split(text)
        unknown = [name for name in names if name.casefold() not in slugs]
        if unknown and not self._layout.foreign:
            raise WordError(f"{unknown[0]!r} is not a topic of this newsletter")
        known = [slugs[name.casefold()] for name in names if name.casefold() in slugs]
        return None if self._layout.foreign and not known else join_topics(known or None)


def _language(text: str) -> str:
    tag = text.strip()
    if tag and not LANGUAGE.fullmatch(tag):
        raise WordError(f"{text!r} is no language; write en or pt-BR")
    return tag


def _rhythm(text: str) -> str | None:
    word = text.strip().casefold()
    if word in ("", *Rhythm):
        return word or None
    raise WordError(f"{text!r} is no rhythm; there are {', '.join(Rhythm)}")


def clean_name(name: str) -> str:
    """A name in one line without control characters, which have no business in a header or on a page."""
    words = " ".join(name.split())[:_NAME_CHARACTERS]
    return words if words.isprintable() else "".join(filter(str.isprintable, words))
