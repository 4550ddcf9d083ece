"""`digest compose`."""

import click

from digest.cli._common import audit, command, load_pipeline


@command("compose")
@click.argument("newsletter")
def compose(newsletter: str) -> None:
    """Draft an edition of NEWSLETTER from what is new, also ahead of its day.

    It is due as soon as it is approved. An open draft is brought up to date instead; staff's changes stay.
    """
    pipeline = load_pipeline()
    desk = pipeline.desk
    number = desk.compose(newsletter)
    audit(pipeline, "compose", f"edition {number}")
    content, key = desk.content(number), desk.digest_key(number)
    click.echo(f"edition {number} of {newsletter}: {content.newsletter_name}")
    if key is None:
        click.echo("nothing is new since the last edition; nobody would get a letter")
    else:
        subject, _ = desk.blueprint(number, key)
        count = desk.count_news(content, key)
        click.echo(f"{count} new articles on {', '.join(key.topics)}; subject: {subject}")
    for title in [article.title for article in content.articles if not article.topics]:
        click.echo(f"matches no topic, so nobody gets it: {title}")
    if desk.plan(newsletter).needs_approval:
        click.echo(f"next: digest preview {number}, digest approve {number}, digest send")
    else:
        click.echo("it needs no approval; next: digest send")
