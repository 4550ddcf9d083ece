"""`digest subscribers erase`."""

import click

from digest.cli._common import audit, command, load_pipeline, load_settings
from digest.cli.subscribers._common import VIA


@command("erase")
@click.argument("address")
def erase(address: str) -> None:
    """Forget a person: what is left is a keyed hash, so that no list brings her back, and numbers without her.

    What was exported, backed up or handed to a mail server is not reached from here.
    """
    import subscribers as people
    from digest import wiring
    from digest.forgetting import forget

    settings = load_settings()
    pipeline = load_pipeline()
    with pipeline.database.read() as session:
        found = people.find(session, pipeline.keys.address, people.parse_address(address))
    if found is None:
        raise people.StrangerError(address)
    letters = forget(pipeline.database, wiring.letter_stores(settings), found, via=VIA, now=pipeline.clock())
    audit(pipeline, "subscribers erase", f"subscriber {found}")
    click.echo("erased" + (f", and {letters} letters to her removed" if letters else ""))
