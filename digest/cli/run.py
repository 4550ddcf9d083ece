"""`digest run`: web, clock and sender."""

import asyncio
import logging
import signal
import threading

import click

from digest.cli._common import command, config_path, load_pipeline, load_settings

log = logging.getLogger("digest.run")

LOOK_EVERY_SECONDS = 1.0
"""How long the sender rests when nothing is due."""


@command("run")
@click.option("--only", type=click.Choice(["web", "clock", "sender"]), help="One part, in this process.")
def run(only: str | None) -> None:
    """Serve the readers' pages, draft editions at their time, and send what is due, until stopped."""
    match only:
        case "web":
            _web()
        case "clock":
            _clock()
        case "sender":
            from digest.deliver import run as run_quickly

            run_quickly(_sender())
        case None:
            _all()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _all() -> None:
    from digest.supervisor import supervise

    settings = load_settings()
    load_pipeline().database.close()  # whatever is amiss is said once, here, and not by three processes
    click.echo(f"readers' pages at {settings.web.url}/; Ctrl-C stops everything", err=True)
    supervise(["run", "--config", str(config_path())], _stop_on_signals())


def _clock() -> None:
    from digest import scheduler, wiring

    settings, pipeline = load_settings(), load_pipeline()
    scheduler.run(pipeline, wiring.intake(pipeline), wiring.open_channels(settings), _stop_on_signals())


def _web() -> None:
    from digest import wiring
    from digest.web import create_app, open_door, serve
    from digest.web.webhooks import webhook_route

    settings, pipeline = load_settings(), load_pipeline()
    webhooks = webhook_route(wiring.intake(pipeline), wiring.open_webhooks(settings))
    serve(create_app(open_door(settings, pipeline), webhooks), settings.web.listen)


async def _sender() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pipeline = load_pipeline()
    while not stop.is_set():
        if pipeline.has_work():
            sent = await pipeline.send(stop=stop, patient=True)
            outcomes = ", ".join(f"{count} {state}" for state, count in sent.outcomes.items()) or "nothing"
            log.info("delivered: %s; %d wait", outcomes, sent.remaining)
        try:
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_SECONDS)
        except TimeoutError:
            continue
