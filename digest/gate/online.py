"""The one rule that needs the network: links that lead nowhere."""

import asyncio
from collections.abc import Iterable

from digest.errors import FetchError
from digest.gate.finding import Finding, error, warning
from digest.gate.letter import Letter
from digest.types import Fetch

_AT_ONCE = 4
_GONE = (404, 410)
_ALIVE = (401, 403, 405, 429, 451, 999)
"""Answers of servers that turn programs away, but not readers."""


def foreign_links(message: bytes, web_url: str) -> list[str]:
    """The web links of a letter without our own, which hold a sample's token."""
    return [link for link in Letter(message).page.web_links if not link.startswith(web_url)]


async def dead_links(links: Iterable[str], fetch: Fetch) -> list[Finding]:
    """Ask for every link once, a few at a time: an error where the page is gone, a warning where nobody answers."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def ask(link: str) -> Finding | None:
        async with turn:
            return await _ask(link, fetch)

    answers = await asyncio.gather(*(ask(link) for link in dict.fromkeys(links)))
    return [answer for answer in answers if answer]


async def _ask(link: str, fetch: Fetch) -> Finding | None:
    try:
        await fetch(link, accept=_ALIVE)
    except FetchError as problem:
        if problem.status is not None and problem.status < 400:
            return None  # a page too large to read is a page
        report = error if problem.status in _GONE else warning
        remedy = "mend the address at the source, or hide the article: digest edit EDITION --hide NUMBER"
        return report("dead-link", f"link {link}", str(problem), remedy)
    return None
