"""WordPress's REST interface: where it is, how it is paged, and what it must not be trusted with."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from digest.errors import FetchError, SourceError
from digest.sources._members import Record
from digest.types import Fetch, Page

# The newest 5,000 records: what is older is in no letter.
_MOST_PAGES = 50
_PER_PAGE = 100
_FEWER_PER_PAGE = 10
"""What every WordPress allows; some sites refuse more."""
_BASE = re.compile(r"[\w-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Records:
    """What could be read of a resource, by id, in the order it came."""

    by_id: dict[int, Record] = field(default_factory=dict)
    problem: str = ""
    """What went wrong after the first page."""
    whole: bool = False
    """Whether this is all that was asked for, and nothing came or went meanwhile."""


class RestApi:
    """The interface of one site. `login` is a user's name and application password."""

    def __init__(self, fetch: Fetch, url: str, login: tuple[str, str] | None) -> None:
        self._fetch = fetch
        self._login = login
        self._site = re.split(r"/wp-json|/?\?rest_route=", url)[0].rstrip("/")
        self._pretty = "?rest_route=" not in url
        self._is_settled = False
        self._per_page = _PER_PAGE

    async def objects(self, resource: str) -> Record:
        """A resource that is one object of objects by name; empty where the site does not tell."""
        try:
            found = _parsed(await self._ask(resource, {}))
        except SourceError:
            return {}
        return found if isinstance(found, dict) else {}

    async def included(
        self, resource: str, ids: Iterable[int], fields: Sequence[str], query: Mapping[str, str] = MappingProxyType({})
    ) -> dict[int, Record]:
        """The records of these ids, those that there are. Raises SourceError where they cannot be read."""
        found: dict[int, Record] = {}
        ordered = sorted(set(ids))
        for some in (ordered[start : start + self._per_page] for start in range(0, len(ordered), self._per_page)):
            asked = {"include": ",".join(map(str, some)), "per_page": self._per_page, "_fields": ",".join(fields)}
            found |= read_records(await self._ask(resource, {**query, **asked}))
        return {number: found[number] for number in ordered if number in found}

    async def newest(
        self,
        resource: str,
        fields: Sequence[str],
        query: Mapping[str, str],
        *,
        until: Callable[[Iterable[Record]], bool] = lambda _records: False,
    ) -> Records:
        """All pages of a resource, newest first, or those up to the one at which `until` says that it is enough.

        Raises SourceError where the first page cannot be read. Past the end, WordPress answers 400.
        """
        found: dict[int, Record] = {}
        totals: set[str] = set()
        for number in range(1, _MOST_PAGES + 1):
            try:
                page = await self._page(resource, fields, query, number)
                records = read_records(page) if page.status < 400 else {}
            except SourceError as error:
                if number == 1:
                    raise
                return Records(found, f"only the first {len(found)} {resource} could be read: {error}")
            if records and records.keys() <= found.keys():
                return Records(found)  # the same page for ever: it knows nothing of pages
            found |= {key: record for key, record in records.items() if key not in found}
            if page.status < 400:
                totals.add(page.headers.get("x-wp-total", ""))
            if not records or page.headers.get("x-wp-totalpages") == str(number):
                return Records(found, whole=len(totals) == 1 and totals <= {"", str(len(found))})
            if until(found.values()):
                return Records(found, whole=len(totals) == 1)
        return Records(found)

    async def _page(self, resource: str, fields: Sequence[str], query: Mapping[str, str], number: int) -> Page:
        own = {"per_page": self._per_page, "page": number, "_fields": ",".join(fields)}
        page = await self._ask(resource, {**query, **own}, accept=(400,))
        if page.status == 400 and number == 1:
            if self._per_page == _FEWER_PER_PAGE:
                raise FetchError(f"the server says 400 Bad Request for {page.url}", page.url, 400)
            self._per_page = _FEWER_PER_PAGE
            return await self._page(resource, fields, query, number)
        return page

    async def _ask(self, resource: str, query: Mapping[str, Any], accept: Sequence[int] = ()) -> Page:
        """A page of the interface. A site without “pretty permalinks” hides it behind a query.

        https://developer.wordpress.org/rest-api/key-concepts/, “Routes & Endpoints”.
        """
        if self._is_settled:
            return await self._get(self._address(resource, query), accept)
        page = await self._get(self._address(resource, query), accept=(*accept, 404))
        if page.body.lstrip()[:1] not in (b"[", b"{") and self._pretty:
            page = await self._ask_plainly(resource, query, accept, page)
        self._is_settled = True
        if page.status == 404:
            raise FetchError(f"the server says 404 Not Found for {page.url}", page.url, 404)
        return page

    async def _ask_plainly(self, resource: str, query: Mapping[str, Any], accept: Sequence[int], pretty: Page) -> Page:
        self._pretty = False
        try:
            page = await self._get(self._address(resource, query), (*accept, 404))
            if page.body.lstrip()[:1] in (b"[", b"{"):
                return page
        except FetchError:
            pass  # said better by what the usual address gave
        self._pretty = True
        return pretty

    def _address(self, resource: str, query: Mapping[str, Any]) -> str:
        if not _BASE.fullmatch(resource):
            raise SourceError(f"{resource!r} is no name of a resource in WordPress's REST interface")
        if self._pretty:
            asked = urlencode(query, safe=",")
            return f"{self._site}/wp-json/wp/v2/{resource}" + (f"?{asked}" if asked else "")
        return f"{self._site}/?{urlencode({'rest_route': f'/wp/v2/{resource}', **query}, safe=',/')}"

    async def _get(self, url: str, accept: Sequence[int] = ()) -> Page:
        if self._login:
            return await self._fetch(url, accept=accept, login=self._login)
        return await self._fetch(url, accept=accept)


def read_records(page: Page) -> dict[int, Record]:
    """The records of one page by id. Raises SourceError where the page is no list of records."""
    records = _parsed(page)
    if not isinstance(records, list):
        raise SourceError(f"{page.url} gave no list; is this WordPress, and is its REST interface open?")
    return {record["id"]: record for record in records if isinstance(record, dict) and type(record.get("id")) is int}


def _parsed(page: Page) -> Any:
    try:
        return json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{page.url} gave no JSON; is this WordPress, and is its REST interface open?") from error
