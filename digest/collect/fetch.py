"""Gets pages over http and https, politely and within limits; every failure in words that comms staff understand."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import takewhile
from urllib.parse import urljoin, urlsplit

import aiohttp

from digest import __version__
from digest.collect import guard
from digest.collect.pace import Pace
from digest.collect.robots import AGENT, EVERYTHING, NOTHING, Rules
from digest.errors import FetchError
from digest.types import Fetch, Page, Validators

_MEGABYTE = 1_000_000
_MOST_BYTES = 20 * _MEGABYTE
_MOST_REDIRECTS = 5
_PER_HOST = 2
_SECONDS_APART = 1.0
# Waiting for a turn at a busy host counts towards `total`; a silent server is given up after `sock_read`.
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=20)
_BAD_CERTIFICATE = "the server's certificate is not valid, so it may not be who it says it is"
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/json, */*;q=0.5"


@asynccontextmanager
async def open_fetch(user_agent_url: str, *, allow_private: bool = False) -> AsyncIterator[Fetch]:
    """One HTTP session for many sources. `user_agent_url` tells a server's owner whom to ask about our visits.

    `allow_private` lets it dial any address and port; such servers are one's own, and are asked without a pause.
    """
    agent = f"{AGENT}/{__version__}" + (f" (+{user_agent_url})" if user_agent_url else "")
    socket_factory = None if allow_private else guard.open_socket
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit_per_host=_PER_HOST, socket_factory=socket_factory),
        timeout=_TIMEOUT,
        headers={"User-Agent": agent, "Accept": _ACCEPT},
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield _HttpFetch(session, Pace(0.0 if allow_private else _SECONDS_APART))


class _HttpFetch:
    def __init__(self, session: aiohttp.ClientSession, pace: Pace) -> None:
        self._session = session
        self._pace = pace
        self._rules: dict[str, Rules] = {}

    async def __call__(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        accept: Sequence[int] = (),
        robots: bool = False,
        login: tuple[str, str] | None = None,
    ) -> Page:
        if not url.lower().startswith(("http://", "https://")):
            raise FetchError(f"{url} is neither an http nor an https address", url)
        delay = await self._delay_by_robots(url) if robots else 0.0
        await self._pace.turn(_host(url), delay)
        return await self._get(url, validators, accept, login)

    async def _delay_by_robots(self, url: str) -> float:
        """Seconds between two questions, as the site's robots.txt wants it. Raises FetchError where it forbids one."""
        robots_url = urljoin(url, "/robots.txt")
        if robots_url not in self._rules:
            await self._pace.turn(_host(url))
            self._rules[robots_url] = await self._read_rules(robots_url)
        rules = self._rules[robots_url]
        if rules is NOTHING:
            raise FetchError(f"{robots_url} cannot be read, and so nothing may be asked for there just now", url)
        if not rules.allow(url):
            raise FetchError(f"the site's robots.txt asks programs not to read {url}", url)
        return rules.delay

    async def _read_rules(self, robots_url: str) -> Rules:
        try:
            return Rules((await self._get(robots_url)).body)
        except FetchError as error:
            return EVERYTHING if error.status is not None and 400 <= error.status < 500 else NOTHING

    async def _get(
        self,
        url: str,
        validators: Validators | None = None,
        accept: Sequence[int] = (),
        login: tuple[str, str] | None = None,
    ) -> Page:
        try:
            # One redirect more than we follow, because aiohttp gives up on reaching the number.
            async with self._session.get(
                url,
                headers=_conditions(validators) | _credentials(login),
                max_redirects=_MOST_REDIRECTS + 1,
            ) as response:
                if response.status >= 400 and response.status not in accept:
                    raise FetchError(
                        f"the server says {_status(response.status)} for {url}",
                        url,
                        response.status,
                        _retry_after(response),
                    )
                body = b"" if response.status == 304 else await _read(response, url)
                return Page(str(response.url), response.status, _headers(response), body, _moved_to(response))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise FetchError(f"{_in_words(error)}: {url}", url) from error


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""  # no address at all, as aiohttp says at once


def _conditions(validators: Validators | None) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, sections 13.1.2 and 13.1.3)."""
    if validators is None:
        return {}
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value}


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """What can be stored and sent back: bytes that are no text come as lone surrogates, which no database takes."""
    values = {name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers}
    return {name: "".join(filter(str.isprintable, value)) for name, value in values.items()}


def _credentials(login: tuple[str, str] | None) -> dict[str, str]:
    """The header of RFC 7617; aiohttp drops it where a redirect leads to another origin."""
    return {"Authorization": aiohttp.encode_basic_auth(*login)} if login else {}


async def _read(response: aiohttp.ClientResponse, url: str) -> bytes:
    """The body, unpacked; counted as it comes, so that neither 200 MB nor a small bomb that unpacks to it gets in."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise FetchError(f"the answer is larger than {_MOST_BYTES // _MEGABYTE} MB: {url}", url, response.status)
    return bytes(body)


def _moved_to(response: aiohttp.ClientResponse) -> str:
    """Where permanent redirects led before any that is not (RFC 9110, sections 15.4.2 and 15.4.9); else empty."""
    chain = [*response.history, response]
    permanent = list(takewhile(lambda hop: hop.status in (301, 308), chain[:-1]))
    return str(chain[len(permanent)].url) if permanent else ""


def _retry_after(response: aiohttp.ClientResponse) -> timedelta | None:
    """How long a server wants to be left alone (RFC 9110, section 10.2.3); a date is held against its own clock."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        if value.isascii() and value.isdigit():
            return timedelta(seconds=int(value[:9]))
        wait = parsedate_to_datetime(value) - _said_at(response)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(wait, timedelta(0))


def _said_at(response: aiohttp.ClientResponse) -> datetime:
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return datetime.now(UTC)


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _in_words(error: Exception) -> str:
    """Why no good answer came, as the first half of a sentence. Order matters: some errors are kinds of others."""
    match error:
        case aiohttp.TooManyRedirects():
            return f"the server keeps sending us from page to page (more than {_MOST_REDIRECTS} times)"
        case aiohttp.NonHttpUrlClientError():
            return "the server sends us on to an address that is neither http nor https"
        case aiohttp.InvalidURL():
            return "this is not a valid address, or the server sends us on to one that is not"
        case aiohttp.ClientConnectorError():
            return _no_connection(error)
        case ssl.SSLError() | aiohttp.ClientSSLError():
            return _BAD_CERTIFICATE
        case TimeoutError():
            return "the server did not answer in time"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | ConnectionError():
            return "the server broke off its answer"
        case aiohttp.ClientResponseError():
            return "the server's answer is not proper HTTP"
        case _:
            return f"no answer could be read ({type(error).__name__})"


def _no_connection(error: aiohttp.ClientConnectorError) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "there is no server of that name; check the spelling"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return _BAD_CERTIFICATE
        case aiohttp.ClientConnectorError(os_error=guard.ForbiddenAddressError()):
            return f"{error.strerror}; a source may do so with `allow_private: true`, a command by --allow-private"
        case _:
            return f"no connection to the server ({error.strerror or error})"
