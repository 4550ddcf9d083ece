"""`digest subscribers show`."""

from collections.abc import Mapping
from typing import Any

import click

from digest.cli._common import command, json_option, load_pipeline, show_json


@command("show")
@click.argument("address")
@json_option
def show(address: str, as_json: bool) -> None:
    """Everything that is held of a person, as she would get it."""
    import subscribers as people
    from digest.record.dossier import held_of

    pipeline = load_pipeline()
    key = people.address_key(people.parse_address(address), pipeline.keys.address)
    with pipeline.database.read() as session:
        held = held_of(session, key)
    if held["person"] is None and held["suppression"] is None:
        raise people.StrangerError(address)
    if as_json:
        show_json(held)
        return
    for part, value in held.items():
        if value:
            click.echo(part.replace("_", " "))
            _print(value if isinstance(value, list) else [value])


def _print(rows: list[Mapping[str, Any]]) -> None:
    for row in rows:
        attempts = row.get("attempts", [])
        facts = [
            f"{name} {_word(value)}" for name, value in row.items() if name != "attempts" and value not in (None, "")
        ]
        click.echo("  " + ", ".join(facts))
        for attempt in attempts:
            words = (attempt[name] for name in ("finished_at", "relay", "stage", "code", "enhanced", "text"))
            click.echo("    " + " ".join(_word(value) for value in words if value not in (None, "")))


def _word(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    return value.isoformat(" ", "seconds") if hasattr(value, "isoformat") else str(value)
