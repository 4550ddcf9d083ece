"""`digest init`."""

import click

from digest.cli._common import command, config_path, load_settings


@command("init")
def init() -> None:
    """Make config.yaml, the secrets and the database where they are missing. Safe to repeat."""
    from digest import files, wiring

    path = config_path()
    if not path.exists():
        files.write(path, files.shipped("config.yaml").read_bytes())
        click.echo(f"{path} made; it runs as it is, on sample articles and a test mail server")
        click.echo("the sample week is over; in a shell where it is not: export DIGEST_NOW=2026-01-07T09:00:00-05:00")
    settings = load_settings()
    had_secrets = settings.secrets_file.exists()
    database = wiring.initialise(settings)
    database.close()
    if not had_secrets:
        click.echo(f"{settings.secrets_file} made; keep a copy where your backups are, apart from the database's")
    click.echo("the database is ready; next: digest subscribers import FILE, digest collect, digest compose NEWSLETTER")
