"""`digest articles` and `digest articles add`."""

import click

from digest.cli._common import audit, config_option, counted, debug_option, json_option, load_pipeline, show_rows

_COLUMNS = {
    "number": "Number",
    "date": "Date",
    "kind": "Kind",
    "title": "Title",
    "who": "Who",
    "topics": "Topics",
    "state": "",
}


@click.group("articles", invoke_without_command=True)
@config_option
@debug_option
@json_option
@click.pass_context
def articles(ctx: click.Context, as_json: bool) -> None:
    """List all articles, newest first, and events: what is understood of each, and where it was seen."""
    if ctx.invoked_subcommand:
        return
    from digest.record import articles as record

    pipeline = load_pipeline()
    with pipeline.database.read() as session:
        rows = record.listed(session, pipeline.desk.topics_of)
    shown = rows if as_json else [_shown(row) for row in rows]
    show_rows(shown, _COLUMNS, as_json=as_json, empty="no article yet; digest collect asks the sources")


def _shown(row: dict[str, object]) -> dict[str, object]:
    is_event = "event" in row
    by, featuring = row.get("by"), row.get("featuring")
    who = [*(by if isinstance(by, list) else []), *(f"featuring {name}" for name in featuring or [])]  # type: ignore[attr-defined]
    state = "withdrawn" if row["withdrawn_at"] else "corrected" if row.get("corrected_at") else ""
    return row | {
        "number": f"event {row['event']}" if is_event else str(row["article"]),
        "date": row["starts_at"] if is_event else row["published_at"],
        "who": row["mode"] if is_event else who,
        "state": state,
    }


@articles.command("add")
@config_option
@debug_option
@click.argument("url")
@click.option("--kind", help="What it is, where the page does not tell: op-ed, press-release, …")
@click.option("--category", "categories", multiple=True, help="A category beside those of the page; may be repeated.")
@click.option("--allow-private", is_flag=True, help="It may be at a private address, or at a port of its own.")
def add(url: str, kind: str | None, categories: tuple[str, ...], allow_private: bool) -> None:
    """Read the page at URL and store it as an article, or the events it announces."""
    from digest.record import articles as record
    from digest.types import Kind

    if kind is not None and kind not in set(Kind):
        raise click.BadParameter(f"{kind!r} is none of {', '.join(Kind)}", param_hint="--kind")
    pipeline = load_pipeline()
    added = pipeline.add_page(
        url, kind=Kind(kind) if kind else None, categories=categories, allow_private=allow_private
    )
    with pipeline.database.read() as session:
        rows = [row for address in added.urls for row in record.named(session, address, pipeline.desk.topics_of)]
    for row in rows:
        shown = _shown(row)
        name = shown["number"] if "event" in row else f"article {shown['number']}"
        topics = ", ".join(row["topics"]) or "no topic; see digest topics explain"
        click.echo(f"{name}: {row['title']} ({row['kind']}; {topics})")
        audit(pipeline, "articles add", str(name))
    click.echo(f"{counted(added.new, 'new item')}, {added.changed} changed")
