"""`digest database upgrade` and `digest database check`."""

import click

from digest.cli._common import command, config_option, debug_option, load_settings


@click.group("database")
@config_option
@debug_option
def database() -> None:
    """Upgrade or check the database's schema."""


@command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date. Safe to repeat."""
    from digest import wiring
    from digest.database import SCHEMA

    wiring.initialise(load_settings()).close()
    click.echo(f"the database is at schema {SCHEMA}")


@command("check")
def check() -> None:
    """Say whether the database can be used as it is."""
    from digest import wiring
    from digest.database import SCHEMA

    wiring.open_pipeline(load_settings(), wiring.system_clock).database.close()
    click.echo(f"the database is in order, at schema {SCHEMA}")


database.add_command(upgrade)
database.add_command(check)
