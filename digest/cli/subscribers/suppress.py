"""`digest subscribers suppress` and `unsuppress`."""

import click

from digest.cli._common import audit, command, load_pipeline
from digest.cli.subscribers._common import VIA

_KEY_SHOWN = 12
"""Digits of an address's keyed hash that the audit names it by."""


@command("suppress")
@click.argument("target", metavar="ADDRESS|@DOMAIN")
@click.option(
    "--reason", type=click.Choice(["by hand", "hard", "complaint"]), default="by hand", show_default=True,
    help="hard: her own confirmation lifts it; the others only `unsuppress`.",
)  # fmt: skip
def suppress(target: str, reason: str) -> None:
    """Never write to an address again, or to anybody at a domain."""
    import subscribers as people

    pipeline = load_pipeline()
    now = pipeline.clock()
    with pipeline.database.write() as session:
        if target.startswith("@"):
            about = f"@{people.parse_domain(target)}"
            people.suppress_domain(session, people.parse_domain(target), people.Reason(reason), now=now)
        else:
            key = people.address_key(people.parse_address(target), pipeline.keys.address)
            about = f"address {key[:_KEY_SHOWN]}"
            people.suppress(session, key, people.Reason(reason), via=VIA, now=now)
    audit(pipeline, "subscribers suppress", f"{about}: {reason}")
    click.echo(f"{target} is not written to any more ({reason})")


@command("unsuppress")
@click.argument("target", metavar="ADDRESS|@DOMAIN")
def unsuppress(target: str) -> None:
    """Let an address or a domain be written to again. Who left or was erased only comes back by herself."""
    import subscribers as people

    pipeline = load_pipeline()
    with pipeline.database.write() as session:
        if target.startswith("@"):
            about = f"@{people.parse_domain(target)}"
            lifted = people.release_domain(session, people.parse_domain(target))
        else:
            key = people.address_key(people.parse_address(target), pipeline.keys.address)
            about = f"address {key[:_KEY_SHOWN]}"
            lifted = people.release(session, key, via=VIA, now=pipeline.clock())
    if lifted:
        audit(pipeline, "subscribers unsuppress", about)
    click.echo(f"{target} may be written to again" if lifted else f"nothing stands against {target}")
