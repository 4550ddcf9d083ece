"""`digest subscribers add`, `import` and `list`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli._common import config_option, debug_option, json_option, load_pipeline, show_rows
from digest.errors import EditionError

if TYPE_CHECKING:
    from digest.desk import Plan
    from digest.pipeline import Pipeline

_COLUMNS = {
    "address": "Address",
    "name": "Name",
    "newsletter": "Newsletter",
    "state": "State",
    "topics": "Topics",
    "since": "Since",
    "suppressed": "Suppressed",
}


@click.group("subscribers")
@config_option
@debug_option
def subscribers() -> None:
    """Add, import and list subscribers."""


def _newsletter(pipeline: "Pipeline", name: str | None) -> "Plan":
    """The newsletter that is meant; with only one set up, it need not be named."""
    plans = pipeline.desk.plans
    if name is None and len(plans) > 1:
        raise EditionError(f"say which newsletter: --newsletter {' or '.join(plans)}")
    return pipeline.desk.plan(name or next(iter(plans)))


def _known_topics(plan: "Plan") -> Mapping[str, str]:
    return {name: topic.slug for topic in plan.frame.topics for name in (topic.slug, topic.name)}


_newsletter_option = click.option("--newsletter", help="Which one; needed where there are several.")
_confirmed_option = click.option("--confirmed", is_flag=True, help="You vouch for their consent; it is recorded so.")


@subscribers.command("add")
@config_option
@debug_option
@click.argument("address")
@click.option("--name", default="")
@click.option("--topics", help="Slugs separated by commas; without it, every topic.")
@_newsletter_option
@_confirmed_option
def add(address: str, name: str, topics: str | None, newsletter: str | None, confirmed: bool) -> None:
    """Add one subscriber. Without --confirmed she is pending and gets nothing yet."""
    import subscribers as people

    pipeline = load_pipeline()
    plan = _newsletter(pipeline, newsletter)
    chosen = [_topic(plan, name) for name in topics.split(",")] if topics else None
    with pipeline.database.write() as session:
        people.subscribe(
            session,
            pipeline.keys.address,
            address=people.parse_address(address),
            name=name,
            newsletter=plan.key,
            topics=chosen,
            via="command line",
            confirmed=confirmed,
            now=pipeline.clock(),
        )
    click.echo(f"{address} added to {plan.key}" + ("" if confirmed else "; pending until confirmed"))


def _topic(plan: "Plan", name: str) -> str:
    known = {key.casefold(): slug for key, slug in _known_topics(plan).items()}
    slug = known.get(name.strip().casefold())
    if slug is None:
        raise EditionError(f"there is no topic {name.strip()!r}; {plan.key} offers: {', '.join(known)}")
    return slug


@subscribers.command("import")
@config_option
@debug_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_newsletter_option
@_confirmed_option
@click.option("--keep-good", is_flag=True, help="Take the good rows although others are refused.")
def import_(file: Path, newsletter: str | None, confirmed: bool, keep_good: bool) -> None:
    """Import a CSV FILE with the columns email, name, topics; topics are separated by semicolons, none means all.

    Nobody who has left, was suppressed or erased comes back through a list.
    """
    import subscribers as people
    from digest.cli._progress import progress

    pipeline = load_pipeline()
    plan = _newsletter(pipeline, newsletter)
    with progress("checking rows") as bar, file.open("rb") as rows, pipeline.database.write() as session:
        report = people.import_csv(
            session,
            pipeline.keys.address,
            rows,
            newsletter=plan.key,
            known_topics=_known_topics(plan),
            confirmed=confirmed,
            via=f"import {file.name}",
            now=pipeline.clock(),
            keep_good=keep_good,
            progress=lambda _: bar.step("checked"),
        )
    click.echo(f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged")
    for reason, count in report.skipped.items():
        click.echo(f"{count} passed over: {reason}")
    if report.repeated:
        click.echo(f"{report.repeated} rows repeat an address that comes again further down, where it counts")
    for refused in report.refused:
        click.echo(f"refused: {refused}", err=True)
    if not confirmed:
        click.echo("they are pending: --confirmed would vouch for their consent")


@subscribers.command("list")
@config_option
@debug_option
@click.option("--newsletter", help="Only this one's.")
@json_option
def list_(newsletter: str | None, as_json: bool) -> None:
    """List the subscribers with their topics and where they stand."""
    import subscribers as people

    with load_pipeline().database.read() as session:
        rows = ({**asdict(one), "topics": _shown(one.topics)} for one in people.list_subscribers(session, newsletter))
        show_rows(rows, _COLUMNS, as_json=as_json, empty="no subscriber yet; digest subscribers import FILE")


def _shown(topics: tuple[str, ...] | None) -> str:
    return "every topic" if topics is None else ", ".join(topics)
