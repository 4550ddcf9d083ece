"""`digest subscribers explain`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from digest.cli._common import command, json_option, load_pipeline, show_json


@command("explain")
@click.argument("address")
@click.argument("edition", type=int, required=False)
@json_option
def explain(address: str, edition: int | None, as_json: bool) -> None:
    """What somebody got of EDITION, or of the newest ones, and why: topics, window, articles, the server's words."""
    import subscribers as people
    from digest.record import editions
    from digest.record import explain as record

    pipeline = load_pipeline()
    with pipeline.database.read() as session:
        found = people.find(session, pipeline.keys.address, people.parse_address(address))
        if found is None:
            raise people.StrangerError(address)
        if edition is not None:
            editions.get(session, edition)
        rows = list(
            record.explain(
                session,
                found,
                edition,
                bounds=lambda key: (pipeline.desk.plan(key).max_age, pipeline.desk.plan(key).zone),
                now=pipeline.clock(),
            )
        )
    if as_json:
        show_json(rows)
        return
    for row in rows:
        _print(row)
    if not rows:
        click.echo("there is no edition yet of what she gets")


def _print(row: Mapping[str, Any]) -> None:
    state = row["state"] or "no letter"
    click.echo(f"edition {row['edition']} of {row['newsletter']}, {row['slot']}: {state}: {row['why']}")
    follows = row["follows"]
    click.echo(f"  follows {'every topic' if follows == '*' else ', '.join(follows or ()) or 'nothing'}")
    if row["since"]:
        click.echo(f"  what was first seen after {_time(row['since'])} and up to {_time(row['until'])}")
    for article in row["articles"]:
        because = ", ".join(article["because"])
        click.echo(f"  {article['title']}: because she follows {because}; seen {_time(article['first_seen_at'])}")
    for attempt in row["attempts"]:
        words = (attempt[name] for name in ("relay", "code", "enhanced", "text"))
        click.echo(f"  {_time(attempt['finished_at'])} " + " ".join(str(word) for word in words if word))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
