"""`digest edit`."""

from pathlib import Path

import click

from digest.cli._common import audit, command, load_pipeline


@command("edit")
@click.argument("edition", type=int)
@click.option("--subject", help="The subject line; '' goes back to the lead article's title.")
@click.option(
    "--intro",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A text file; an empty one takes the intro out.",
)
@click.option("--lead", type=int, metavar="ARTICLE", help="The article that stands first.")
@click.option("--hide", type=int, multiple=True, metavar="ARTICLE", help="Leave an article out.")
@click.option("--show", type=int, multiple=True, metavar="ARTICLE", help="Take a hidden article in again.")
@click.option("--move", type=(int, int), multiple=True, metavar="ARTICLE PLACE", help="Move an article; 1 is first.")
def edit(
    edition: int,
    subject: str | None,
    intro: Path | None,
    lead: int | None,
    hide: tuple[int, ...],
    show: tuple[int, ...],
    move: tuple[tuple[int, int], ...],
) -> None:
    """Change EDITION. `digest preview` numbers the articles. A change breaks the seal of an approved edition."""
    from digest.record.editions import Change

    words = intro.read_text(encoding="utf-8") if intro else None
    change = Change(subject=subject, intro=words, lead=lead, hide=hide, show=show, move=move)
    if not change.describe():
        raise click.UsageError("say what to change: --subject, --intro, --lead, --hide, --show or --move")
    pipeline = load_pipeline()
    broken = pipeline.desk.change(edition, change)
    audit(pipeline, "edit", f"edition {edition}: {', '.join(change.describe())}")
    click.echo(f"edition {edition}: {', '.join(change.describe())}")
    if broken:
        click.echo(f"its seal is broken; approve it again: digest approve {edition}")
