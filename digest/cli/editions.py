"""`digest editions`, and the four commands that steer one: pause, resume, cancel, acknowledge."""

import click

from digest.cli._common import audit, command, json_option, load_pipeline, show_rows

_COLUMNS = {
    "edition": "Edition",
    "newsletter": "Newsletter",
    "slot": "Planned for",
    "state": "State",
    "deliveries": "Deliveries",
    "reason": "Why",
}


@command("editions")
@click.option("--newsletter", help="Only this one's.")
@json_option
def editions(newsletter: str | None, as_json: bool) -> None:
    """List the editions, newest first, and where their deliveries stand."""
    from digest.record import reports

    pipeline = load_pipeline()
    with pipeline.database.read() as session:
        rows = reports.editions(session, pipeline.clock(), newsletter)
    show_rows(rows, _COLUMNS, as_json=as_json, empty="no edition yet; digest compose NEWSLETTER makes one")


@command("pause")
@click.argument("edition", type=int)
def pause(edition: int) -> None:
    """Stop EDITION while it is being sent; what is on the wire ends first."""
    from digest.record import editions as record

    pipeline = load_pipeline()
    with pipeline.database.write() as session:
        record.pause(record.get(session, edition), "paused by hand")
    audit(pipeline, "pause", f"edition {edition}")
    click.echo(f"edition {edition} paused; digest resume {edition} lets it go on")


@command("resume")
@click.argument("edition", type=int)
def resume(edition: int) -> None:
    """Let a paused EDITION go on."""
    from digest.record import editions as record

    pipeline = load_pipeline()
    with pipeline.database.write() as session:
        record.resume(record.get(session, edition))
    audit(pipeline, "resume", f"edition {edition}")
    click.echo(f"edition {edition} goes on with the next digest send")


@command("cancel")
@click.argument("edition", type=int)
def cancel(edition: int) -> None:
    """Give EDITION up. Readers who have it keep it; the others are left out."""
    pipeline = load_pipeline()
    pipeline.desk.cancel(edition)
    audit(pipeline, "cancel", f"edition {edition}")
    click.echo(f"edition {edition} cancelled")


@command("acknowledge")
@click.argument("edition", type=int)
def acknowledge(edition: int) -> None:
    """Accept EDITION's uncertain deliveries as they are, so that it can be called sent."""
    from digest.record import editions as record

    pipeline = load_pipeline()
    with pipeline.database.write() as session:
        row = record.get(session, edition)
        count = record.acknowledge(session, row, pipeline.clock())
        record.close_if_done(session, row, pipeline.clock())
    audit(pipeline, "acknowledge", f"edition {edition}")
    click.echo(f"edition {edition}: {count} uncertain deliveries acknowledged; it is {row.state}")
