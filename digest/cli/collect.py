"""`digest collect`."""

import sys

import click

from digest.cli._common import command, load_pipeline


@command("collect")
def collect() -> None:
    """Ask every source for new articles and store them. One broken source never stops the others."""
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

    results = load_pipeline().collect(report)
    if results and all(result.visit.found is None for result in results):
        click.echo("digest: no source could be read; `digest sources` keeps the reasons", err=True)
        sys.exit(1)
