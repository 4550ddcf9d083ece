"""`digest deliveries`."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import click

from digest.cli._common import command, json_option, load_pipeline, show_rows

_COLUMNS = {
    "delivery": "Delivery",
    "edition": "Edition",
    "letter": "Letter",
    "address": "Address",
    "state": "State",
    "last_words": "The server's words, or why",
    "sent_at": "Sent",
}


_PAGE = 1000


@command("deliveries")
@click.argument("edition", type=int, required=False)
@click.option(
    "--state",
    type=click.Choice(
        _STATES := ["queued", "claimed", "sending", "sent", "deferred", "failed", "uncertain", "left_out"]
    ),
)
@click.option("--to", "address", help="Only those to this subscriber's address.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def deliveries(edition: int | None, state: str | None, address: str | None, as_csv: bool, as_json: bool) -> None:
    """Who got what: every delivery, or those of EDITION, with every attempt and the server's own words."""
    import subscribers
    from digest.record import reports

    pipeline = load_pipeline()
    key = subscribers.address_key(subscribers.parse_address(address), pipeline.keys.address) if address else None
    with pipeline.database.read() as session:
        found = reports.deliveries(session, edition=edition, state=state, address_key=key)
        rows = ({**row, "last_words": _last_words(row)} for row in found)
        if as_csv:
            _print_csv(rows)
        elif as_json:
            _print_json(rows)
        else:
            _print_tables(rows)


def _last_words(row: Mapping[str, Any]) -> str:
    if row["reason"] or not row["attempts"]:
        return str(row["reason"])
    last = row["attempts"][-1]
    return " ".join(str(part) for part in (last["code"], last["enhanced"], last["text"]) if part)


def _print_tables(rows: Iterator[Mapping[str, Any]]) -> None:
    """One table for every thousand, since a table is as wide as its widest row, which must be known before."""
    page = list(islice(rows, _PAGE))
    show_rows(page, _COLUMNS, as_json=False, empty="no delivery yet")
    while page := list(islice(rows, _PAGE)):
        show_rows(page, _COLUMNS, as_json=False, empty="")


def _print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """A list, written row by row: a million of them must not lie in memory."""
    before = "[\n"
    for row in rows:
        click.echo(before + json.dumps(row, ensure_ascii=False, default=datetime.isoformat), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def _print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, [*_COLUMNS, "digest", "message_id", "next_try_at"], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _harmless(value) for key, value in row.items()})


def _harmless(value: Any) -> Any:
    # A server's words that begin like a formula would run when a spreadsheet opens the file.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
