"""`digest feedback undo`."""

import click

from digest.cli._common import audit, command, load_pipeline
from digest.errors import DigestError


@command("undo")
@click.argument("number", type=int, metavar="ID")
def undo(number: int) -> None:
    """Take back what was done about one row of `digest feedback`."""
    from digest.record import feedback

    pipeline = load_pipeline()
    with pipeline.database.write() as session:
        undone = feedback.undo(session, number, pipeline.clock())
    if undone is None:
        raise DigestError(f"there is no feedback {number}; `digest feedback` lists what came back")
    audit(pipeline, "feedback undo", f"feedback {number}")
    click.echo(undone)
