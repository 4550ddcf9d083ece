"""Which column of a list means what: by our own names, as another program exports them, or as the operator says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from subscribers.errors import ListRefusedError
from subscribers.importing import labels

FIELDS = (
    "email", "name", "first name", "last name", "newsletter", "topics", "rhythm", "language", "state", "suppressed",
    "subscribed_at", "confirmed_at", "left_at", "suppressed_at", "paused_until", "consent_via", "consent_wording",
)  # fmt: skip
"""What a column can mean: our own names, those that `digest subscribers export` writes."""

_SYNONYMS = {
    "e-mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "mail": "email",
    "full name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "interests": "topics",
    "tags": "topics",
    "status": "state",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the rows of one list."""

    columns: Mapping[str, int]
    """Field → place of its column."""
    width: int
    given: Mapping[str, str]
    """What the kind of file says of all its rows: a list of those who left has no column that says so."""
    split: Callable[[str], Sequence[str]]
    """Takes a field of topics apart."""
    foreign: bool
    """Labels that are no topic are passed over: another program's tags stand for other things as well."""
    program: str
    """Whose export it is; empty for a plain list."""


@dataclass(frozen=True, slots=True)
class _Export:
    """The export of another program: columns that only it has together, and what its columns mean."""

    program: str
    marks: frozenset[str]
    columns: Mapping[str, str]
    """Their column, in lower case → our field."""
    split: Callable[[str], Sequence[str]] = labels.by_comma
    given: Mapping[str, str] | None = None


_MAILCHIMP = {
    "email address": "email",
    "first name": "first name",
    "last name": "last name",
    "optin_time": "subscribed_at",
    "confirm_time": "confirmed_at",
    "tags": "topics",
}
_MAILCHIMP_MARKS = frozenset({"email address", "member_rating", "optin_time"})

# The first whose marks are all there. Mailchimp writes a file for each status and names the status in none of them.
_EXPORTS = (
    _Export(
        "Mailchimp",
        _MAILCHIMP_MARKS | {"unsub_time"},
        _MAILCHIMP | {"unsub_time": "left_at"},
        given={"state": "unsubscribed"},
    ),
    _Export(
        "Mailchimp",
        _MAILCHIMP_MARKS | {"clean_time"},
        _MAILCHIMP | {"clean_time": "suppressed_at"},
        given={"state": "cleaned"},
    ),
    _Export("Mailchimp", _MAILCHIMP_MARKS, _MAILCHIMP),
    _Export(
        "listmonk",
        frozenset({"uuid", "email", "attributes", "status"}),
        {"email": "email", "name": "name", "attributes": "topics", "status": "state", "created_at": "subscribed_at"},
        split=labels.of_json,
    ),
    _Export(
        "Substack",
        frozenset({"email", "active_subscription", "email_disabled"}),
        {"email": "email", "name": "name", "email_disabled": "state", "created_at": "subscribed_at"},
    ),
    *(
        _Export(
            "Buttondown",
            frozenset({email, "creation_date", kind}),
            {
                email: "email",
                kind: "state",
                "tags": "topics",
                "creation_date": "subscribed_at",
                "unsubscription_date": "left_at",
            },
        )
        for email in ("email_address", "email")
        for kind in ("subscriber_type", "type")
    ),
)


def find_layout(header: Sequence[str], wanted: Mapping[str, str]) -> Layout:
    """The layout of a list by its first row. `wanted` is what the operator says: field → column, as in `--map`.

    Raises ListRefusedError where no column holds addresses, or where a plain list has a column that means nothing:
    to pass over a misspelt `topics` would sign everybody up for everything. With `wanted` the others are passed over.
    """
    titles = [title.strip().casefold() for title in header]
    export = next((export for export in _EXPORTS if export.marks <= set(titles)), None)
    columns = _of_export(titles, export) if export else _of_plain_list(titles, strict=not wanted)
    columns |= _as_wanted(titles, wanted)
    if "email" not in columns:
        raise ListRefusedError("row 1 must name the columns: email, and if you like name and topics; or use --map")
    split = export.split if export and "topics" not in wanted else labels.by_semicolon
    given = export.given if export and export.given else {}
    program = export.program if export else ""
    return Layout(columns, len(titles), given, split, foreign=bool(program), program=program)


def _of_export(titles: Sequence[str], export: _Export) -> dict[str, int]:
    return {field: titles.index(title) for title, field in export.columns.items() if title in titles}


def _of_plain_list(titles: Sequence[str], *, strict: bool) -> dict[str, int]:
    columns: dict[str, int] = {}
    strict = strict and any(_SYNONYMS.get(title, title) == "email" for title in titles)
    for place, title in enumerate(titles):
        field = _SYNONYMS.get(title, title)
        if field in FIELDS and field not in columns:
            columns[field] = place
        elif strict and (title or field in columns):
            raise ListRefusedError(
                f"row 1: the column {title!r} is unknown or twice; there are {', '.join(FIELDS)}, "
                "or say which is which: --map email=Mail,topics=Interests"
            )
    return columns


def _as_wanted(titles: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int]:
    for field, title in wanted.items():
        if field not in FIELDS:
            raise ListRefusedError(f"--map: there is no {field!r}; there are {', '.join(FIELDS)}")
        if title.strip().casefold() not in titles:
            raise ListRefusedError(f"--map: row 1 has no column {title!r}")
    return {field: titles.index(title.strip().casefold()) for field, title in wanted.items()}
