"""`digest subscribers list`."""

from dataclasses import asdict

import click

from digest.cli._common import command, json_option, load_pipeline, show_rows

_COLUMNS = {
    "address": "Address",
    "name": "Name",
    "newsletter": "Newsletter",
    "state": "State",
    "topics": "Topics",
    "since": "Since",
    "suppressed": "Suppressed",
}


@command("list")
@click.option("--newsletter", help="Only this one's.")
@json_option
def list_(newsletter: str | None, as_json: bool) -> None:
    """List the subscribers with their topics and where they stand."""
    import subscribers as people

    with load_pipeline().database.read() as session:
        rows = ({**asdict(one), "topics": _shown(one.topics)} for one in people.list_subscribers(session, newsletter))
        show_rows(rows, _COLUMNS, as_json=as_json, empty="no subscriber yet; digest subscribers import FILE")


def _shown(topics: tuple[str, ...] | None) -> str:
    return "every topic" if topics is None else ", ".join(topics)
