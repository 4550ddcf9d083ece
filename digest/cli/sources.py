"""`digest sources` and `digest sources check`."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import click

from digest.cli._common import (
    config_option,
    config_path,
    counted,
    debug_option,
    json_option,
    load_pipeline,
    load_settings,
    show_json,
    show_rows,
)

if TYPE_CHECKING:
    from digest.config import Settings
    from digest.types import FoundArticle, FoundEvent, SourceContext

_COLUMNS = {
    "name": "Source",
    "kind": "Kind",
    "seen": "Items",
    "succeeded_at": "Last success",
    "last_new_at": "Last new",
    "usually": "Usually",
    "next_at": "Next check",
    "standing": "Standing",
}
_NEVER: dict[str, Any] = {
    "state": "new",
    "standing": "not asked yet",
    "seen": 0,
    "usually": "",
    **dict.fromkeys(("checked_at", "succeeded_at", "last_new_at", "newest_at", "next_at")),
    "failures": 0,
    **dict.fromkeys(("failing_since", "paused_at", "wait_until")),
    "moved_to": "",
    "per_day": None,
    "error": "",
    "problems": [],
}
_FIRST = 10
_ARTICLE_COLUMNS = {
    "published_at": "Published",
    "kind": "Kind",
    "title": "Title",
    "who": "Who",
    "labels": "Labels",
    "topics": "Topics",
}
_EVENT_COLUMNS = {"starts_at": "Starts", "mode": "Mode", "title": "Title", "labels": "Labels", "topics": "Topics"}


@click.group("sources", invoke_without_command=True)
@config_option
@debug_option
@json_option
@click.pass_context
def sources(ctx: click.Context, as_json: bool) -> None:
    """How the sources are doing: last success, last new article, what is usual, next check, trouble in words."""
    if ctx.invoked_subcommand:
        return
    from digest.record import reports

    settings, pipeline = load_settings(), load_pipeline()
    with pipeline.database.read() as session:
        known = reports.sources(session, pipeline.clock())
    rows = [
        {"name": source.name, "kind": source.kind, **_NEVER, **known.get(source.name, {})}
        for source in settings.sources
    ]
    show_rows(rows, _COLUMNS, as_json=as_json, empty="config.yaml names no source")


@sources.command("check")
@config_option
@debug_option
@click.argument("location", metavar="URL-OR-FILE")
@click.option("--allow-private", is_flag=True, help="It may be at a private address, or at a port of its own.")
@json_option
def check(location: str, allow_private: bool, as_json: bool) -> None:
    """Show what kind of source URL-OR-FILE is and what it would give. Stores nothing."""
    from digest import collect

    settings = load_settings() if config_path().exists() else None
    context, site_url = _surroundings(settings)
    checked = asyncio.run(collect.check(location, context, site_url, allow_private=allow_private))
    lines = config_lines(checked.kind, checked.location, allow_private=allow_private)
    articles = [_row(article, settings) for article in checked.found.articles]
    events = [_row(event, settings) for event in checked.found.events]
    problems = list(checked.found.problems)
    if as_json:
        about = {"kind": checked.kind, "location": checked.location, "config": lines}
        show_json({**about, "articles": articles, "events": events, "problems": problems})
        return
    counts = f"{counted(len(articles), 'article')}, {counted(len(events), 'event')}"
    click.echo(f"{checked.location} is of kind {checked.kind}: {counts}")
    show_rows(articles[:_FIRST], _ARTICLE_COLUMNS, as_json=False, empty="it holds no article")
    if events:
        show_rows(events[:_FIRST], _EVENT_COLUMNS, as_json=False, empty="")
    for problem in problems:
        click.echo(f"passed over: {problem}", err=True)
    if lines:
        click.echo(f"to take it in, add to config.yaml under sources:\n  {lines}")


def _row(found: "FoundArticle | FoundEvent", settings: "Settings | None") -> dict[str, Any]:
    """What was found as it would appear, with the topics that a configuration files it under."""
    from digest.types import Traits

    values = asdict(found)
    people, tags = values.get("people", ()), values.get("tags", ())
    names = tuple(person["name"] for person in people)
    traits = Traits(found.title, found.url, found.categories, tags, names)
    return values | {
        "who": [f"{'featuring ' if person['role'] == 'featuring' else ''}{person['name']}" for person in people],
        "labels": [*found.categories, *tags],
        "topics": settings.rules.topics_of(traits) if settings else (),
    }


def config_lines(kind: str, location: str, *, allow_private: bool) -> str:
    """How config.yaml would name it, as JSON's strings are YAML's too; empty for a file, which is no source."""
    parts = urlsplit(location)
    if kind == "folder":
        path = unquote(parts.path) if parts.scheme == "file" else location
        name, where = Path(path).name, f"path: {json.dumps(path)}"
    elif parts.scheme in ("http", "https"):
        name, where = parts.hostname or "", f"url: {json.dumps(location)}"
    else:
        return ""
    extra = ", allow_private: true" if allow_private else ""
    return f"- {{name: {json.dumps(name)}, kind: {kind}, {where}{extra}}}"


def _surroundings(settings: "Settings | None") -> tuple["SourceContext", str]:
    """What a source may know, and the site that asks; without a configuration, next to nothing."""
    from digest import wiring
    from digest.types import SourceContext

    if settings:
        return wiring.source_context(settings), settings.site.url
    return SourceContext(zone=ZoneInfo("UTC"), folder=Path.cwd()), ""
