"""`digest collect`."""

import sys
from shlex import quote

import click

from digest.cli._common import command, load_pipeline


@command("collect")
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
def collect(sources: tuple[str, ...]) -> None:
    """Ask sources for new articles and store them. One broken source never stops the others.

    Without SOURCE every one is asked, but those that are paused or whose server wants to be left alone.
    """
    from digest.pipeline import Collected

    def report(result: Collected) -> None:
        name, visit = result.visit.name, result.visit
        if visit.found is None:
            click.echo(f"{name}: {visit.error}", err=True)
            return
        click.echo(
            f"{name}: unchanged" if visit.found.unchanged else f"{name}: {result.new} new, {result.changed} changed"
        )
        for problem in visit.found.problems:
            click.echo(f"{name}: passed over: {problem}", err=True)

    pipeline = load_pipeline()
    results = pipeline.collect(sources or None, report)
    if not sources:
        for name in sorted(pipeline.sources.keys() - {result.visit.name for result in results}):
            todo = f"`digest sources` says why, and `digest collect {quote(name)}` asks it all the same"
            click.echo(f"{name}: not asked; {todo}", err=True)
    if results and all(result.visit.found is None for result in results):
        click.echo("digest: no source could be read; `digest sources` keeps the reasons", err=True)
        sys.exit(1)
