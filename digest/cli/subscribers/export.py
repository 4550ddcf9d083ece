"""`digest subscribers export`."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import click

from digest.cli._common import command, load_pipeline
from digest.cli.subscribers._common import newsletter as find_newsletter
from digest.cli.subscribers._common import topic as find_topic


@command("export")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--newsletter", help="Only this one's.")
@click.option("--state", type=click.Choice(["pending", "active", "unsubscribed"]), help="Only those.")
@click.option("--topic", help="Only who follows it, by its slug or name; who follows every topic does.")
def export(form: str, newsletter: str | None, state: str | None, topic: str | None) -> None:
    """Print subscribers with their consent, in a form that `digest subscribers import` takes in again."""
    import subscribers as people

    pipeline = load_pipeline()
    if newsletter is not None:
        pipeline.desk.plan(newsletter)
    slug = find_topic(find_newsletter(pipeline, newsletter), topic) if topic else None
    with pipeline.database.read() as session:
        rows = people.export(
            session, newsletter=newsletter, state=people.SubscriptionState(state) if state else None, topic=slug
        )
        _print_csv(rows) if form == "csv" else _print_json(rows)


def _print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    from subscribers.exporting import EXPORTED
    from subscribers.spreadsheet import guard

    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(EXPORTED)
    for row in rows:
        table.writerow([guard(_field(row[name])) for name in EXPORTED])


def _field(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case tuple():
            return ";".join(value)
        case _:
            return str(value)


def _print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """A list with one object a line, so that it can be read line by line."""
    click.echo("[")
    before = ""
    for row in rows:
        click.echo(before + json.dumps(dict(row), ensure_ascii=False, default=datetime.isoformat), nl=False)
        before = ",\n"
    click.echo("\n]" if before else "]")
