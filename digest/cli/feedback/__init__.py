"""`digest feedback …`: one file a command. Without one it lists what came back."""

import click

from digest.cli._common import config_option, debug_option, json_option, load_pipeline, show_rows
from digest.cli.feedback.parse import parse
from digest.cli.feedback.read import read
from digest.cli.feedback.undo import undo

_COLUMNS = {
    "id": "id",
    "at": "at",
    "channel": "channel",
    "verdict": "verdict",
    "address": "address",
    "reason": "reason",
    "status": "status",
    "evidence": "evidence",
    "done": "done",
    "undone_at": "undone",
}


@click.group("feedback", invoke_without_command=True)
@config_option
@debug_option
@json_option
@click.pass_context
def feedback(ctx: click.Context, as_json: bool) -> None:
    """What came back by mail or webhook: bounces, complaints, wishes to leave. Lists the latest 1,000."""
    if ctx.invoked_subcommand is not None:
        return
    from digest.record import feedback as records

    pipeline = load_pipeline()
    with pipeline.database.read() as session:
        rows = records.listed(session)
    show_rows(rows, _COLUMNS, as_json=as_json, empty="nothing came back yet")


for _command in (parse, read, undo):
    feedback.add_command(_command)
