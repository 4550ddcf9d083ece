"""`digest topics` and `digest topics explain`."""

from typing import Any

import click

from digest.cli._common import config_option, debug_option, json_option, load_pipeline, load_settings, show_rows

_COLUMNS = {"topic": "Topic", "name": "Name", "group": "Group", "match": "Rules", "newsletters": "Newsletters"}
_REASONS = {"topic": "Topic", "name": "Name", "rules": "Because of", "newsletters": "Newsletters"}


@click.group("topics", invoke_without_command=True)
@config_option
@debug_option
@json_option
@click.pass_context
def topics(ctx: click.Context, as_json: bool) -> None:
    """List the topics with the rules that file articles under them, and the newsletters that offer them."""
    if ctx.invoked_subcommand:
        return
    show_rows(_topics(), _COLUMNS, as_json=as_json, empty="config.yaml names no topic")


@topics.command("explain")
@config_option
@debug_option
@click.argument("article")
@json_option
def explain(article: str, as_json: bool) -> None:
    """Say by which rules ARTICLE belongs to which topics: its number, `event NUMBER`, or its address."""
    from digest.errors import DigestError
    from digest.record import articles as record
    from digest.record.contents import traits

    settings, pipeline = load_settings(), load_pipeline()
    with pipeline.database.read() as session:
        row = next(record.find(session, article), None)
        if row is None:
            raise DigestError(f"there is no article {article!r}; digest articles lists them with their numbers")
        looked_at = traits(row)
    reasons = settings.rules.reasons(looked_at)
    named = {topic["topic"]: topic for topic in _topics()}
    rows = [
        {key: named[slug][key] for key in ("topic", "name", "newsletters")} | {"rules": list(map(str, rules))}
        for slug, rules in reasons.items()
    ]
    if not as_json:
        click.echo(looked_at.title)
        for word, values in (
            ("address", (looked_at.url,)),
            ("categories", looked_at.categories),
            ("tags", looked_at.tags),
            ("people", looked_at.people),
        ):
            click.echo(f"  {word}: {', '.join(values) or '-'}")
    show_rows(
        rows, _REASONS, as_json=as_json, empty="no rule fits it, so it is in no letter; add one to a topic's match"
    )


def _topics() -> list[dict[str, Any]]:
    from digest.config.topics import rules_of

    settings = load_settings()
    return [
        {
            "topic": topic.slug,
            "name": topic.name,
            "group": topic.group,
            "match": list(map(str, rules_of(topic))),
            "newsletters": [key for key, one in settings.newsletters.items() if topic.slug in one.topics],
        }
        for topic in settings.topics
    ]
