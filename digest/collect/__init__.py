"""Source → what it found: asks every due source, many at once and politely. Network, no database."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from digest.collect.check import Check, check
from digest.collect.fetch import open_fetch
from digest.collect.page import gone, read_page
from digest.errors import FetchError, SourceError
from digest.types import DueSource, Fetch, Page, Validators, Visit

__all__ = ["Check", "check", "collect", "gone", "open_fetch", "read_page"]

_AT_ONCE = 32
"""Visits at a time: what they have in hand must fit into memory."""
_LONGEST_VISIT_SECONDS = 900
"""A large WordPress site has 50 pages, at 6 seconds each."""

log = logging.getLogger(__name__)


async def collect(
    due: Sequence[DueSource], fetch: Fetch, report: Callable[[Visit], None] = lambda _visit: None
) -> list[Visit]:
    """Visit every source, in the order given; `report` hears of each visit as it ends. No source stops another."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def visit(source: DueSource) -> Visit:
        async with turn:
            return await _visit(source, fetch)

    visits = [asyncio.create_task(visit(source)) for source in due]
    try:
        for ended in asyncio.as_completed(visits):
            report(await ended)
    finally:
        for task in visits:
            task.cancel()
    return [task.result() for task in visits]


async def _visit(due: DueSource, fetch: Fetch) -> Visit:
    watched = _Watched(fetch)
    try:
        async with asyncio.timeout(_LONGEST_VISIT_SECONDS):
            found = await due.source.collect(watched, due.validators)
    except FetchError as error:
        return Visit(due.name, None, str(error), error.status, watched.retry_after)
    except SourceError as error:
        return Visit(due.name, None, str(error), retry_after=watched.retry_after)
    except TimeoutError:
        return Visit(due.name, None, f"its server took more than {_LONGEST_VISIT_SECONDS // 60} minutes to tell all")
    except Exception as error:
        # A plug-in may raise anything; it must not cost the other sources their visit.
        log.exception("source %s failed", due.name)
        return Visit(due.name, None, f"its plug-in failed ({type(error).__name__}); the log holds the details")
    return Visit(due.name, found, retry_after=watched.retry_after, moved_to=watched.moved_to)


class _Watched:
    """A source's fetch; what the server says of the source's own standing is noted on the way."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._is_first = True
        self.moved_to = ""
        self.retry_after: timedelta | None = None

    async def __call__(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        accept: Sequence[int] = (),
        robots: bool = False,
        login: tuple[str, str] | None = None,
    ) -> Page:
        is_first, self._is_first = self._is_first, False
        try:
            page = await self._fetch(url, validators=validators, accept=accept, robots=robots, login=login)
        except FetchError as error:
            if error.retry_after is not None:
                self.retry_after = error.retry_after
            raise
        if is_first:
            self.moved_to = page.moved_to.partition("?")[0]
        return page
