"""`digest send`."""

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import click

from digest.cli._common import EXIT_WORK_REMAINS, audit, command, load_pipeline, show_table
from digest.errors import EditionError

if TYPE_CHECKING:
    from digest.pipeline import Pipeline, Sent


@command("send")
@click.argument("edition", type=int, required=False)
@click.option("--dry-run", is_flag=True, help="Only say how many letters, to which domains, and who is left out.")
@click.option("--only-failed", is_flag=True, help="Try EDITION's failed deliveries again, even where it is sent.")
def send(edition: int | None, dry_run: bool, only_failed: bool) -> None:
    """Send what is due, once: letters first, then approved editions whose hour has come.

    With EDITION, only that one, even before its hour. Stopped or killed at any moment, sending again goes on where it
    was. Exit code 75: something waits to be tried again.
    """
    if only_failed and edition is None:
        raise click.UsageError("--only-failed wants an EDITION; `digest editions` lists them")
    pipeline = load_pipeline()
    if dry_run:
        _forecast(pipeline, edition)
        return
    if only_failed and edition is not None:
        _queue_failed(pipeline, edition)
        audit(pipeline, "send --only-failed", f"edition {edition}")
    from digest.deliver import run

    sent = run(_send(pipeline, edition))
    _tell(pipeline, sent)
    if _tell_of_stops(pipeline, sent):
        sys.exit(1)
    if sent.remaining:
        sys.exit(EXIT_WORK_REMAINS)


def _queue_failed(pipeline: "Pipeline", edition: int) -> None:
    count = pipeline.try_failed_again(edition)
    if not count:
        raise EditionError(f"edition {edition} has no failed deliveries")
    click.echo(f"edition {edition}: {count} failed deliveries are tried again")


async def _send(pipeline: "Pipeline", edition: int | None) -> "Sent":
    from digest.cli._progress import progress

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with progress("sending") as bar:
        return await pipeline.send(
            edition, stop=stop, report=lambda one: bar.step(one.state, one.relay), ready=bar.expect
        )


def _tell(pipeline: "Pipeline", sent: "Sent") -> None:
    if sent.outcomes:
        click.echo(", ".join(f"{count} {state}" for state, count in sorted(sent.outcomes.items())))
    for number in sent.editions:
        edition = pipeline.desk.standing(number)
        click.echo(f"edition {number} is {edition.state}" + (f": {edition.reason}" if edition.reason else ""))
    for lane in sent.resting:
        click.echo(lane, err=True)
    if sent.trouble:
        click.echo(f"the mail server was given up at {sent.trouble.stage}: {sent.trouble.text}", err=True)
    if sent.remaining:
        again = f"; the first is due again at {sent.due_again_at:%Y-%m-%d %H:%M} UTC" if sent.due_again_at else ""
        click.echo(f"{sent.remaining} still wait{again}; digest send goes on", err=True)
    elif not sent.outcomes and not sent.editions:
        click.echo("nothing is due" + "".join(f"\n{line}" for line in pipeline.desk.coming()))


def _tell_of_stops(pipeline: "Pipeline", sent: "Sent") -> bool:
    """Whether the gate stopped an edition, and which."""
    stopped = [number for number in sent.editions if pipeline.desk.standing(number).state in ("draft", "approved")]
    for number in stopped:
        click.echo(f"edition {number} was stopped: `digest check {number}` shows all; approve it once mended", err=True)
    return bool(stopped)


def _forecast(pipeline: "Pipeline", edition: int | None) -> None:
    numbers = [edition] if edition else pipeline.due()
    if not numbers:
        click.echo("nothing is due" + "".join(f"\n{line}" for line in pipeline.desk.coming()))
    for number in numbers:
        forecast = pipeline.forecast(number)
        click.echo(f"edition {number}: {forecast.letters} letters to {len(forecast.domains)} domains")
        show_table(["Domain", "Letters"], [(domain, str(count)) for domain, count in forecast.domains.items()])
        left = [(reason, str(count)) for reason, count in forecast.left_out.items()]
        show_table(["Left out because", "Subscribers"], left) if left else click.echo("nobody is left out")
