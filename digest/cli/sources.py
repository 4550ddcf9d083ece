"""`digest sources` and `digest sources check`."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli._common import (
    config_option,
    config_path,
    debug_option,
    json_option,
    load_pipeline,
    load_settings,
    show_json,
    show_rows,
)

if TYPE_CHECKING:
    from digest.types import SourceContext

_COLUMNS = {
    "name": "Source",
    "kind": "Kind",
    "seen": "Items",
    "succeeded_at": "Last success",
    "last_new_at": "Last new",
    "failures": "Failures since",
    "error": "Last error",
}
_NEVER: dict[str, Any] = dict.fromkeys(("checked_at", "succeeded_at", "last_new_at")) | {
    "failures": 0,
    "error": "",
    "problems": [],
    "seen": 0,
}
_FIRST = 10


@click.group("sources", invoke_without_command=True)
@config_option
@debug_option
@json_option
@click.pass_context
def sources(ctx: click.Context, as_json: bool) -> None:
    """How the sources are doing: last success, last new article, last error in words."""
    if ctx.invoked_subcommand:
        return
    from digest.record import reports

    settings = load_settings()
    with load_pipeline().database.read() as session:
        known = reports.sources(session)
    rows = [
        {"name": source.name, "kind": source.kind, **_NEVER, **known.get(source.name, {})}
        for source in settings.sources
    ]
    show_rows(rows, _COLUMNS, as_json=as_json, empty="config.yaml names no source")


@sources.command("check")
@config_option
@debug_option
@click.argument("location", metavar="URL-OR-FILE")
@json_option
def check(location: str, as_json: bool) -> None:
    """Show what kind of source URL-OR-FILE is and what it would give. Stores nothing."""
    from digest import collect

    context, site_url = _surroundings()
    checked = asyncio.run(collect.check(location, context, site_url))
    if as_json:
        found = checked.found
        show_json(
            {
                "kind": checked.kind,
                "articles": [asdict(article) for article in found.articles],
                "events": [asdict(event) for event in found.events],
                "problems": list(found.problems),
            }
        )
        return
    click.echo(f"{location} is of kind {checked.kind}: {len(checked.found.articles)} articles")
    rows = [asdict(article) for article in checked.found.articles[:_FIRST]]
    columns = {"published_at": "Published", "kind": "Kind", "title": "Title", "categories": "Categories"}
    show_rows(rows, columns, as_json=False, empty="it holds no article")
    for problem in checked.found.problems:
        click.echo(f"passed over: {problem}", err=True)
    if checked.kind == "folder" or "://" in location:
        key = "path" if checked.kind == "folder" else "url"
        click.echo("to take it in, add to config.yaml under sources:")
        click.echo(f'  - {{name: …, kind: {checked.kind}, {key}: "{location}"}}')


def _surroundings() -> tuple["SourceContext", str]:
    """What a source may know, and the site that asks; without a configuration, next to nothing."""
    from digest import wiring
    from digest.types import SourceContext

    if config_path().exists():
        settings = load_settings()
        return wiring.source_context(settings), settings.site.url
    return SourceContext(zone=ZoneInfo("UTC"), folder=Path.cwd()), ""
