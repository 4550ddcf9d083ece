"""`digest approve`."""

import click

from digest.cli._common import command, load_pipeline


@command("approve")
@click.argument("edition", type=int)
def approve(edition: int) -> None:
    """Seal EDITION: what it says no longer changes. It goes out at its hour, or at once if that has passed."""
    pipeline = load_pipeline()
    pipeline.desk.approve(edition)
    planned = pipeline.desk.planned(edition)
    when = "it is due now: digest send" if planned.is_due else f"it goes out on {planned.words}"
    click.echo(f"edition {edition} approved; {when}")
