"""`digest approve`."""

import click

from digest.cli._common import audit, command, counted, load_pipeline


@command("approve")
@click.argument("edition", type=int)
@click.option("--force", is_flag=True, help="Approve it in spite of errors that `digest check` finds; wants --why.")
@click.option(
    "--why", default="", metavar="TEXT", help="Why it is to go out in spite of them; recorded with your name."
)
def approve(edition: int, force: bool, why: str) -> None:
    """Seal EDITION: what it says no longer changes. It goes out at its hour, or at once if that has passed.

    An edition with errors is refused; warnings do not stop it.
    """
    if force != bool(why.strip()):
        raise click.UsageError("--force and --why TEXT go together: whoever looks at it later must see the reason")
    pipeline = load_pipeline()
    found = pipeline.desk.approve(edition, force_why=why.strip())
    audit(pipeline, "approve", f"edition {edition}")
    planned = pipeline.desk.planned(edition)
    when = "it is due now: digest send" if planned.is_due else f"it goes out on {planned.words}"
    click.echo(f"edition {edition} approved; {when}")
    if found:
        errors = sum(finding.level == "error" for finding in found)
        counts = counted(len(found) - errors, "warning") + (
            f", {counted(errors, 'error')} overridden" if errors else ""
        )
        click.echo(f"{counts}: digest check {edition}")
