"""`digest demo`: everything, once, on the sample week."""

import asyncio
import io
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli._common import command, show_table
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.pipeline import Pipeline

WEDNESDAY = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
"""Nine o'clock in New York on 7 January 2026, when the letter of the sample week is due."""

_TOPICS = ("", "asia", "china", "taiwan;asia", "alliances;asia", "china;taiwan", "asia;grand-strategy", "asia;nato")
"""What the made-up readers follow, in turn; empty is every topic. Each has news in the sample week."""


@command("demo")
@click.option("--recipients", type=click.IntRange(1, 1_000_000), default=24, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Work in this new folder.")
def demo(recipients: int, keep: Path | None) -> None:
    """Collect the sample week, compose one letter per set of topics, send them, and say where to look at them."""
    from digest import files, wiring
    from digest.config import load

    logging.getLogger().setLevel(logging.WARNING)
    folder = _fresh_folder(keep)
    config = folder / "config.yaml"
    files.write(config, files.shipped("config.yaml").read_bytes())
    settings = load(config)
    wiring.initialise(settings).close()
    pipeline = wiring.open_pipeline(settings, wiring.clock_from(WEDNESDAY))
    _subscribe(pipeline, recipients)
    show_table(["", "Count", "What", "Seconds"], list(_steps(pipeline)))
    pipeline.database.close()
    # The demo may run from a checkout whose .venv is not on the PATH: what is printed must work when pasted.
    program = Path(sys.argv[0]).absolute() if "/" in sys.argv[0] else "digest"
    click.echo(f"The letters lie in {folder / 'outbox'}, a Maildir. To read them in a browser:")
    click.echo(f"  {program} test-server --store {folder / 'outbox'} --inbox 127.0.0.1:8025")
    click.echo("To look around in what happened:")
    click.echo(f"  cd {folder}; {program} editions; {program} deliveries; {program} preview")


def _fresh_folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="digest-demo-"))
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise DigestError(f"{keep} is not empty; the demo wants a new folder")
    return keep.absolute()


def _subscribe(pipeline: "Pipeline", recipients: int) -> None:
    """Readers who get a letter, and three who do not: nothing new, unconfirmed, paused."""
    rows = [f"reader{n}@example.com,Reader {n},{_TOPICS[n % len(_TOPICS)]}" for n in range(1, recipients + 1)]
    _import(pipeline, [*rows, "syria@example.net,Follows Syria,syria", "away@example.net,Is Away,"], confirmed=True)
    _import(pipeline, ["unconfirmed@example.net,Never Confirmed,"], confirmed=False)
    _pause(pipeline, "away@example.net")


def _import(pipeline: "Pipeline", rows: list[str], *, confirmed: bool) -> None:
    import subscribers

    frame = pipeline.desk.plan("weekly").frame
    topics = {topic.slug: topic.slug for topic in frame.topics}
    with pipeline.database.one_connection() as connection:
        subscribers.import_list(
            connection,
            pipeline.keys.address,
            io.BytesIO("\n".join(["email,name,topics", *rows]).encode()),
            offer=subscribers.Offer({frame.newsletter: topics}, frame.newsletter),
            confirmed=confirmed,
            via="demo",
            now=pipeline.clock(),
        )


def _pause(pipeline: "Pipeline", address: str) -> None:
    import subscribers

    with pipeline.database.write() as session:
        away = subscribers.find(session, pipeline.keys.address, subscribers.parse_address(address))
        assert away is not None, "imported just now"
        now = pipeline.clock()
        subscribers.pause(session, away, now + timedelta(weeks=4), via="demo", now=now)


def _steps(pipeline: "Pipeline") -> Iterator[tuple[str, str, str, str]]:
    """Do the work; one row of the table for each part of it."""
    desk, lap = pipeline.desk, _Laps()
    new = sum(one.new for one in pipeline.collect())
    yield "Collected", str(new), "articles and events from the sample week", lap.seconds()
    edition = desk.compose("weekly")
    desk.approve(edition, by="demo")
    pipeline.freeze(edition)
    key = desk.digest_key(edition)
    assert key is not None, "the sample week has news"
    news = desk.count_news(desk.content(edition), key)
    yield "Composed", str(desk.count_digests(edition)), f"digests of up to {news} new articles", lap.seconds()
    sent = _send(pipeline)
    yield "Sent", str(sent.pop("sent", 0)), "letters, one per reader, over SMTP", lap.seconds()
    for state, count in sorted(sent.items()):
        yield state.capitalize(), str(count), "see digest deliveries", ""
    left_out = pipeline.forecast(edition).left_out
    yield "Left out", str(sum(left_out.values())), "; ".join(left_out), lap.seconds()


def _send(pipeline: "Pipeline") -> dict[str, int]:
    from digest.cli._progress import progress

    with progress("sending") as bar:
        sent = asyncio.run(pipeline.send(report=lambda one: bar.step(one.state), ready=bar.expect))
    return dict(sent.outcomes)


class _Laps:
    """Seconds since the last lap."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def seconds(self) -> str:
        now = time.perf_counter()
        lap, self._last = now - self._last, now
        return f"{lap:.2f}"
