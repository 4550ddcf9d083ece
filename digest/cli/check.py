"""`digest check`."""

import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from itertools import groupby
from typing import TYPE_CHECKING

import click

from digest.cli._common import command, counted, json_option, load_pipeline, show_json
from digest.errors import EditionError

if TYPE_CHECKING:
    from digest.gate import Finding
    from digest.pipeline import Pipeline


@command("check")
@click.argument("edition", type=int)
@click.option("--online", is_flag=True, help="Also ask for every link, and say which are dead.")
@json_option
def check(edition: int, online: bool, as_json: bool) -> None:
    """Judge EDITION by the rules of mailbox providers, mail and accessibility. Exit code 1: it has errors.

    Before it is sent, the letter of a reader of every topic is judged, and that of one of each topic alone;
    afterwards, every digest that is stored.
    """
    from digest.gate import Level

    pipeline = load_pipeline()
    with closing(pipeline.database):
        letters, findings = _judge(pipeline, edition, online=online)
    findings.sort(key=lambda finding: (finding.level != Level.ERROR, finding.rule))
    _show(edition, letters, findings, as_json=as_json)
    if any(finding.level is Level.ERROR for finding in findings):
        sys.exit(1)


def _judge(pipeline: "Pipeline", edition: int, *, online: bool) -> tuple[int, list["Finding"]]:
    """How many letters were judged, and what is wrong with them and with the edition."""
    from digest.gate import foreign_links

    sample = pipeline.desk.sample(edition)
    count, links = 0, set[str]()

    def letters() -> Iterator[tuple[str, bytes]]:
        nonlocal count
        for name, message in sample.letters:
            count += 1
            links.update(foreign_links(message, sample.content.web_url) if online else ())
            yield name, message

    findings = replace(sample, letters=letters()).judge(http_allowed=pipeline.desk.http_allowed)
    if not count:
        raise EditionError(f"edition {edition} has no letter to check: nothing in it is new to anybody")
    return count, [*findings, *(_dead_links(links, pipeline.site_url) if online else ())]


def _dead_links(links: Iterable[str], site_url: str) -> list["Finding"]:
    from digest import gate
    from digest.collect import open_fetch

    async def ask() -> list["Finding"]:
        async with open_fetch(site_url) as fetch:
            return await gate.dead_links(sorted(links), fetch)

    return asyncio.run(ask())


def _show(edition: int, letters: int, findings: Sequence["Finding"], *, as_json: bool) -> None:
    if as_json:
        show_json([asdict(finding) for finding in findings])
        return
    _print(findings)
    errors = sum(finding.level == "error" for finding in findings)
    counts = f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}"
    click.echo(f"edition {edition}: {counts} in {counted(letters, 'letter')}")


def _print(findings: Sequence["Finding"]) -> None:
    """A line for each, and below those with one remedy what to do; never wrapped, so that a link can be opened."""
    width = max((len(finding.rule) for finding in findings), default=0)
    for (level, rule, remedy), alike in groupby(
        findings, lambda finding: (finding.level, finding.rule, finding.remedy)
    ):
        for finding in alike:
            where = f"{finding.place} ({finding.letters})" if finding.letters else finding.place
            click.echo(f"{level:<7}  {rule:<{width}}  {where}: {finding.problem}")
        click.echo(f"         {remedy}")
