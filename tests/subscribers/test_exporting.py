"""An export holds what is asked for, and an import takes it in again with nothing lost."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from subscribers import (
    Reason,
    SubscriptionState,
    address_key,
    confirm,
    export,
    parse_address,
    pause,
    subscribe,
    suppress,
    unsubscribe,
)
from subscribers.exporting import EXPORTED
from subscribers.models import Consent, Subscriber, Suppression
from subscribers.spreadsheet import guard, unguard
from tests.subscribers.conftest import NOW, SECRET
from tests.subscribers.lists import load

EARLIER = NOW - timedelta(days=400)


def join(session: Session, text: str, topics: Sequence[str] | None, *, confirmed: bool = True, name: str = "") -> int:
    number = subscribe(
        session, SECRET, address=parse_address(text), newsletter="weekly", topics=topics, name=name, via="sign-up page",
        now=EARLIER, wording="I want it",
    )  # fmt: skip
    if confirmed:
        confirm(session, number, "weekly", via="link", wording="I want it", now=EARLIER + timedelta(hours=1))
    return number


@pytest.fixture
def everybody(session: Session) -> None:
    """One of each kind."""
    join(session, "ann@example.org", ["asia", "nato"], name="Ann, «=1+1»")
    join(session, "=bea@example.org", None, name="=HYPERLINK()")
    join(session, "cat@example.org", ["asia"], confirmed=False)
    unsubscribe(session, join(session, "dot@example.org", None), "weekly", via="page", now=NOW)
    pause(session, join(session, "eve@example.org", ["nato"]), NOW + timedelta(days=28), via="page", now=NOW)
    for address, reason in (("fay@example.org", Reason.HARD), ("gil@example.org", Reason.COMPLAINT)):
        join(session, address, None)
        suppress(session, address_key(parse_address(address), SECRET), reason, via="feedback", now=NOW)


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(EXPORTED)
    for row in rows:
        values = (row[name] for name in EXPORTED)
        table.writerow([guard(";".join(v) if isinstance(v, tuple) else "" if v is None else str(v)) for v in values])
    return text.getvalue()


def as_json(rows: Sequence[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, default=datetime.isoformat) for row in rows) + "\n]\n"


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize("write", [as_csv, as_json])
def test_an_export_can_be_imported_again_with_nothing_lost(
    session: Session, write: Callable[[Sequence[dict[str, Any]]], str]
) -> None:
    before = list(export(session))
    for table in (Consent, Suppression, Subscriber):
        session.execute(delete(table))
    assert load(session, write(before)).added == 7
    assert list(export(session)) == before


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, "ann =bea cat dot eve fay gil"),
        ({"state": SubscriptionState.PENDING}, "cat"),
        ({"topic": "nato", "state": SubscriptionState.ACTIVE}, "ann =bea eve fay gil"),
        ({"topic": "at"}, "=bea dot fay gil"),
        ({"newsletter": "daily"}, ""),
    ],
)
def test_an_export_holds_what_is_asked_for(session: Session, wanted: dict[str, Any], names: str) -> None:
    assert [row["email"].partition("@")[0] for row in export(session, **wanted)] == names.split()


@pytest.mark.parametrize("text", ["=1", "'=1", "''+1", "Ann", "'Ann'", "", "-", "@x"])
def test_a_guard_keeps_formulas_from_running_and_comes_off_again(text: str) -> None:
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in ("=", "+", "-", "@")
