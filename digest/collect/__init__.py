"""Source → what it found: asks every due source, all at once and politely. Network, no database."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from digest.collect.check import Check, check
from digest.collect.fetch import open_fetch
from digest.errors import SourceError
from digest.types import DueSource, Fetch, Visit

__all__ = ["Check", "check", "collect", "open_fetch"]

log = logging.getLogger(__name__)


async def collect(
    due: Sequence[DueSource], fetch: Fetch, report: Callable[[Visit], None] = lambda _visit: None
) -> list[Visit]:
    """Visit every source, in the order given; `report` hears of each visit as it ends. No source stops another."""

    visits = [asyncio.create_task(_visit(source, fetch)) for source in due]
    try:
        for visit in asyncio.as_completed(visits):
            report(await visit)
    finally:
        for task in visits:
            task.cancel()
    return [task.result() for task in visits]


async def _visit(due: DueSource, fetch: Fetch) -> Visit:
    try:
        return Visit(due.name, await due.source.collect(fetch, due.validators))
    except SourceError as error:
        return Visit(due.name, None, str(error))
    except Exception as error:
        # A plug-in may raise anything; it must not cost the other sources their visit.
        log.exception("source %s failed", due.name)
        return Visit(due.name, None, f"its plug-in failed ({type(error).__name__}); the log holds the details")
