"""`digest feedback parse`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli._common import command

if TYPE_CHECKING:
    from digest.feedback import Report


@command("parse")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message, each on its own line.")
def parse(paths: tuple[Path, ...], as_json: bool) -> None:
    """What messages say, without doing anything about it.

    A path is a file with one message, an mbox, a Maildir or another folder, or - for standard input.
    """
    from digest.feedback import classify
    from digest.feedback.paths import messages_in

    for path in paths:
        for name, raw in messages_in(path):
            report = classify(raw)
            click.echo(json.dumps(_as_dict(name, report), ensure_ascii=False) if as_json else _in_words(name, report))


def _as_dict(name: str, report: "Report") -> dict[str, object]:
    return {
        "file": name,
        "verdict": report.verdict,
        "recipients": [
            {"address": one.address, "status": one.status, "reason": one.reason} for one in report.recipients
        ],
        "evidence": report.evidence,
    }


def _in_words(name: str, report: "Report") -> str:
    about = ", ".join(" ".join(filter(None, (one.address, one.reason, one.status))) for one in report.recipients)
    return ": ".join(filter(None, (name, report.verdict, about, report.evidence)))
