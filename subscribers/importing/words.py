"""The words that programs have for where a subscriber stands, and the ways in which they write times."""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

from subscribers.models import Reason, SubscriptionState

Fate = tuple[SubscriptionState, Reason | None]
"""Where she stands, and why her address is not written to, if so."""

_ACTIVE, _PENDING, _LEFT = SubscriptionState.ACTIVE, SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED

_FATES: dict[str, Fate] = {
    **dict.fromkeys(
        ("", "active", "subscribed", "enabled", "confirmed", "false",
         "regular", "premium", "gifted", "trialed", "churned", "churning", "past_due"),
        (_ACTIVE, None),
    ),
    **dict.fromkeys(("pending", "unconfirmed", "unactivated", "paused"), (_PENDING, None)),
    **dict.fromkeys(
        ("unsubscribed", "removed", "disabled", "blocklisted", "blacklisted", "blocked", "true"), (_LEFT, None)
    ),
    **dict.fromkeys(("cleaned", "bounced", "undeliverable"), (_ACTIVE, Reason.HARD)),
    **dict.fromkeys(("complained", "complaint"), (_ACTIVE, Reason.COMPLAINT)),
}  # fmt: skip
"""`true` and `false` answer Substack's `email_disabled`. Buttondown's readers are that, whatever they pay."""

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?(?: [A-Z]{3,4})?)?"
)


class WordError(Exception):
    """A field of a row means nothing; `str()` is a clause that says which."""


def read_fate(word: str) -> Fate:
    """Where a row says that she stands. Raises WordError."""
    fate = _FATES.get(word.strip().casefold())
    if fate is None:
        raise WordError(f"{word!r} is no state; there are active, pending, unsubscribed, bounced and complained")
    return fate


def read_reason(word: str) -> Reason | None:
    """Why an address is not written to, as an export of ours names it. Raises WordError."""
    word = word.strip().casefold()
    if word in ("", *Reason):
        return Reason(word) if word else None
    raise WordError(f"{word!r} is no reason not to write; there are {', '.join(Reason)}")


def read_time(text: str, zone: tzinfo) -> datetime | None:
    """A time in ISO 8601, or as Go prints it; in UTC where it names no offset. None for an empty field.

    A date alone means noon in `zone`. Raises WordError.
    """
    text = text.strip()
    if not text:
        return None
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute, second, offset = found.groups()
        if hour is None:
            noon = datetime.combine(datetime(int(year), int(month), int(day), tzinfo=zone), time(12), zone)
            return noon.astimezone(UTC)
        parts = (int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
        return datetime(*parts, tzinfo=_offset(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WordError(f"{text!r} is no time; write 2026-01-31 or 2026-01-31T09:00:00Z") from None


def _offset(text: str | None) -> tzinfo:
    if not text or text in ("Z", "UTC"):
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
