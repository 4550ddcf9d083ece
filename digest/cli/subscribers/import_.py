"""`digest subscribers import`."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli._common import audit, command, load_pipeline, load_settings
from digest.cli.subscribers._common import confirmed_option, known_topics, newsletter_option
from digest.cli.subscribers._common import newsletter as find_newsletter

if TYPE_CHECKING:
    from subscribers import ImportReport, RefusedRow

_SHOWN = 20


def _read_map(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in value.split(",")] if value else []
    if any(not sign or not title.strip() for _, sign, title in pairs):
        raise click.BadParameter("write FIELD=COLUMN, separated by commas, like email=Mail,topics=Interests")
    return {field.strip(): title.strip() for field, _, title in pairs}


@command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@newsletter_option
@confirmed_option
@click.option(
    "--map",
    "columns",
    callback=_read_map,
    metavar="FIELD=COLUMN,…",
    help="Which column means what; the others are passed over.",
)
@click.option("--keep-good", is_flag=True, help="Take the good rows although others are refused.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of the rows.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write each refused row and why to this CSV file."
)
def import_(
    file: Path,
    newsletter: str | None,
    confirmed: bool,
    columns: Mapping[str, str],
    keep_good: bool,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Import a list: CSV or TSV with the columns email, name, topics, or an export of another program or of ours.

    Nobody who has left, was suppressed or erased comes back through a list.
    """
    import subscribers as people
    from digest.cli._progress import progress

    zone = load_settings().site.zone
    pipeline = load_pipeline()
    plan = find_newsletter(pipeline, newsletter)
    offer = people.Offer({key: known_topics(one) for key, one in pipeline.desk.plans.items()}, plan.key)
    with (
        _report(report) as refuse,
        progress("checking rows") as bar,
        file.open("rb") as rows,
        pipeline.database.one_connection() as connection,
    ):
        result = people.import_list(
            connection,
            pipeline.keys.address,
            rows,
            offer=offer,
            confirmed=confirmed,
            via=f"import {file.name}",
            now=pipeline.clock(),
            columns=columns,
            zone=zone,
            keep_good=keep_good,
            dry_run=dry_run,
            refused=refuse,
            progress=lambda _: bar.step("checked"),
        )
    if not dry_run:
        audit(pipeline, "subscribers import", f"{result.added} added, {result.changed} changed, {result.left} left")
    _tell(result, confirmed=confirmed, dry_run=dry_run)


@contextmanager
def _report(path: Path | None) -> Iterator[Callable[["RefusedRow"], None]]:
    """Where refused rows are written as they are found: a table of row and reason, there also when nothing is taken."""
    if path is None:
        yield lambda row: None
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["row", "reason"])
        yield lambda row: table.writerow([row.number, row.reason])


def _tell(result: "ImportReport", *, confirmed: bool, dry_run: bool) -> None:
    if result.program:
        click.echo(f"this is an export of {result.program}")
    would = "would be " if dry_run else ""
    click.echo(f"{result.added} {would}added, {result.changed} {would}changed, {result.unchanged} unchanged")
    if result.left:
        click.echo(f"{result.left} left, or were suppressed, as the list says")
    for reason, count in result.skipped.items():
        click.echo(f"{count} passed over: {reason}")
    if result.repeated:
        click.echo(f"{result.repeated} rows repeat an address that comes again further down, where it counts")
    for refused in result.first_refused[:_SHOWN]:
        click.echo(f"refused: {refused}", err=True)
    if result.refused > _SHOWN:
        click.echo(f"{result.refused - _SHOWN} more rows refused; --report FILE writes them all", err=True)
    if not confirmed:
        click.echo("they are pending: --confirmed would vouch for their consent")
