"""`digest drill`."""

import random
import shutil
import tempfile
from pathlib import Path

import click

from digest.cli._common import command, json_option, show_json, show_table
from digest.errors import DigestError


@command("drill")
@click.option("--recipients", type=click.IntRange(1, 1_000_000), default=2000, show_default=True)
@click.option("--kills", type=click.IntRange(0, 1000), default=5, show_default=True, help="How often by SIGKILL.")
@click.option("--seed", type=int, help="Repeat the drill that printed this seed.")
@click.option("--database", "url", help="An empty database of its own; what it makes there stays.  [default: SQLite]")
@json_option
def drill(recipients: int, kills: int, seed: int | None, url: str | None, as_json: bool) -> None:
    """Kill senders at random moments and count who got what; writes to nobody.

    One edition goes to a mail server of the drill's own. `digest send` is killed again and again, stopped once by
    SIGTERM, run twice at once, and frozen past its lease. Exit code 1: a letter was lost, or came twice without having
    been in doubt.
    """
    from digest.drill import drill as drilling
    from digest.drill.plan import draw, fewest_recipients

    if recipients < fewest_recipients(kills):
        raise click.BadParameter(f"{kills} kills want {fewest_recipients(kills)} recipients or more")
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}", err=True)
    folder = Path(tempfile.mkdtemp(prefix="digest-drill-"))
    stops = draw(seed, recipients, kills)
    try:
        sums = drilling.run(folder, url or f"sqlite:///{folder}/drill.db", recipients, stops, _tell)
    except DigestError as error:
        raise DigestError(f"{error} in {folder}") from error
    show_json(sums.as_dict()) if as_json else _show(sums.as_dict())
    if sums.faults:
        raise DigestError(f"{'; '.join(sums.faults)}; all of it lies in {folder}")
    shutil.rmtree(folder)


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)


def _show(sums: dict[str, object]) -> None:
    show_table(["", "Count"], [(name, str(value)) for name, value in sums.items() if name != "faults"])
