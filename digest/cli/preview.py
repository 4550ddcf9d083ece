"""`digest preview`."""

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli._common import EXIT_WORK_REMAINS, command, load_pipeline
from digest.errors import EditionError

if TYPE_CHECKING:
    from digest.pipeline import Pipeline
    from digest.types import DigestKey
    from digest.web.preview import Choice

_HOST = "127.0.0.1"


@command("preview")
@click.argument("edition", type=int, required=False)
@click.option("--topics", default="", metavar="A,B", help="Whose topics, by their slugs.  [default: every topic]")
@click.option("--subscriber", default="", metavar="ADDRESS", help="What this subscriber gets.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write files instead.")
@click.option("--to", metavar="ADDRESS", help="Mail a proof instead, marked [TEST]; it counts for nothing.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port of the page.  [default: a free one]")
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
def preview(
    edition: int | None,
    topics: str,
    subscriber: str,
    out: Path | None,
    to: str | None,
    port: int | None,
    no_browser: bool,
) -> None:
    """Look at EDITION on a page in the browser; Ctrl-C ends it. Without EDITION: the newest that can be changed."""
    from digest.web.preview import Choice, newest, split_topics

    if topics and subscriber:
        raise click.UsageError("--topics and --subscriber exclude each other: she has topics of her own")
    pipeline = load_pipeline()
    number = edition or newest(pipeline.desk)
    if number is None:
        raise EditionError("there is no edition yet; `digest compose NEWSLETTER` drafts one")
    choice = Choice(number, split_topics(topics), subscriber)
    key = _find(pipeline, choice)
    if out:
        _write(pipeline, choice, key, out)
    if to:
        _prove(pipeline, choice, key, to)
    if not out and not to:
        _serve(pipeline, choice, port, browser=not no_browser and _has_display())


def _find(pipeline: "Pipeline", choice: "Choice") -> "DigestKey | None":
    from digest.web.preview import choose

    found = choose(pipeline.desk, pipeline.keys.address, choice)
    if found.remark:
        click.echo(found.remark, err=True)
    return found.key


def _need(key: "DigestKey | None", choice: "Choice") -> "DigestKey":
    if key is None:
        raise EditionError(f"nothing of edition {choice.edition} is new to such a reader, so she gets no letter")
    return key


def _write(pipeline: "Pipeline", choice: "Choice", key: "DigestKey | None", out: Path) -> None:
    from digest.web.preview import files

    for path in files(pipeline.desk, choice.edition, _need(key, choice), out):
        click.echo(path)


def _prove(pipeline: "Pipeline", choice: "Choice", key: "DigestKey | None", to: str) -> None:
    from subscribers import parse_address

    address = str(parse_address(to))
    pipeline.proof(choice.edition, _need(key, choice), address)
    state, words = _last_proof(pipeline, address)
    if state != "sent":
        why = f" ({words})" if words else ""
        click.echo(f"the proof of edition {choice.edition} is {state}{why}; digest send tries again", err=True)
        sys.exit(EXIT_WORK_REMAINS)
    click.echo(f"a proof of edition {choice.edition} was sent to {address}, marked [TEST]")


def _last_proof(pipeline: "Pipeline", address: str) -> tuple[str, str]:
    """Where the newest proof to an address stands, and the mail server's last words."""
    from sqlalchemy import select

    from digest.models import AttemptRow, DeliveryRow

    of_address = DeliveryRow.letter == "proof", DeliveryRow.address == address
    with pipeline.database.read() as session:
        row = session.execute(
            select(DeliveryRow.state, AttemptRow.code, AttemptRow.text)
            .outerjoin(AttemptRow, AttemptRow.delivery_id == DeliveryRow.id)
            .where(*of_address)
            .order_by(DeliveryRow.id.desc(), AttemptRow.id.desc())
        ).first()
    assert row is not None
    return row.state, " ".join(str(part) for part in (row.code, row.text) if part)


def _serve(pipeline: "Pipeline", choice: "Choice", port: int | None, *, browser: bool) -> None:
    import contextlib
    import webbrowser

    from digest.web.preview import create_preview
    from digest.web.server import server

    listening = _listen(port)
    address = f"http://{_HOST}:{listening.getsockname()[1]}/?{choice.query()}"
    click.echo(f"{address}\nCtrl-C ends it")
    if browser:
        webbrowser.open(address)
    # uvicorn stops in good order and then raises the signal again.
    with listening, contextlib.suppress(KeyboardInterrupt):
        server(create_preview(pipeline.desk, pipeline.keys.address)).run(sockets=[listening])


def _listen(port: int | None) -> socket.socket:
    from digest.web.server import ListenError

    try:
        return socket.create_server((_HOST, port or 0))
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
        raise ListenError(f"port {port} of {_HOST} cannot be had: {problem}; name another with --port") from error


def _has_display() -> bool:
    # Without one, webbrowser would start a text browser in this very terminal.
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
