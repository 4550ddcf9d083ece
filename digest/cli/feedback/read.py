"""`digest feedback read`."""

import sys
from typing import TYPE_CHECKING

import click

from digest.cli._common import EXIT_WORK_REMAINS, command, load_pipeline, load_settings

if TYPE_CHECKING:
    from digest.feedback.channels import Channel
    from digest.intake import Intake


@command("read")
@click.argument("source", required=False, type=click.Choice(["-"]))
def read(source: str | None) -> None:
    """Take in what came back, once: from the channels of config.yaml, or with - one message on standard input.

    With -, whatever keeps the message from being recorded ends with exit code 75: the mail server tries again.
    """
    if source is None:
        from digest import wiring

        settings = load_settings()
        counts = _intake().read(wiring.open_channels(settings))
        click.echo(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "nothing new")
        return
    _read_standard_input()


def _read_standard_input() -> None:
    from digest.feedback.channels.pipe import StandardInput

    channel: Channel = StandardInput()
    try:
        _intake().read([channel])
    except Exception as error:  # a mail server returns its message to the sender for any other exit code
        click.echo(f"digest: {error}", err=True)
        sys.exit(EXIT_WORK_REMAINS)


def _intake() -> "Intake":
    from digest import wiring

    return wiring.intake(load_pipeline())
