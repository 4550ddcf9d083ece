"""`digest subscribers add`."""

import click

from digest.cli._common import audit, command, load_pipeline
from digest.cli.subscribers._common import VIA, confirmed_option, newsletter_option, topic
from digest.cli.subscribers._common import newsletter as find_newsletter


@command("add")
@click.argument("address")
@click.option("--name", default="")
@click.option("--topics", help="Slugs separated by commas; without it, every topic.")
@newsletter_option
@confirmed_option
def add(address: str, name: str, topics: str | None, newsletter: str | None, confirmed: bool) -> None:
    """Add one subscriber. Without --confirmed she is pending and gets nothing yet."""
    import subscribers as people

    pipeline = load_pipeline()
    plan = find_newsletter(pipeline, newsletter)
    chosen = [topic(plan, name) for name in topics.split(",")] if topics else None
    with pipeline.database.write() as session:
        number = people.subscribe(
            session,
            pipeline.keys.address,
            address=people.parse_address(address),
            name=name,
            newsletter=plan.key,
            topics=chosen,
            via=VIA,
            confirmed=confirmed,
            now=pipeline.clock(),
        )
    audit(pipeline, "subscribers add", f"subscriber {number}")
    click.echo(f"{address} added to {plan.key}" + ("" if confirmed else "; pending until confirmed"))
