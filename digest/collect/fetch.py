"""Gets pages over http and https, politely and within limits; every failure in words that comms staff understand."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp

from digest import __version__
from digest.errors import FetchError
from digest.types import Fetch, Page, Validators

_MEGABYTE = 1_000_000
_MOST_BYTES = 20 * _MEGABYTE
_MOST_REDIRECTS = 5
_PER_HOST = 2
# Waiting for a turn at a busy host counts towards `total`; a silent server is given up after `sock_read`.
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=20)
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/json, */*;q=0.5"


@asynccontextmanager
async def open_fetch(user_agent_url: str) -> AsyncIterator[Fetch]:
    """One HTTP session for all sources. `user_agent_url` tells a server's owner whom to ask about our visits."""
    agent = f"expert-digest/{__version__}" + (f" (+{user_agent_url})" if user_agent_url else "")
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit_per_host=_PER_HOST),
        timeout=_TIMEOUT,
        headers={"User-Agent": agent, "Accept": _ACCEPT},
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield _HttpFetch(session)


class _HttpFetch:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(self, url: str, *, validators: Validators | None = None, accept: Sequence[int] = ()) -> Page:
        if not url.lower().startswith(("http://", "https://")):
            raise FetchError(f"{url} is neither an http nor an https address", url)
        try:
            # One redirect more than we follow, because aiohttp gives up on reaching the number.
            async with self._session.get(
                url, headers=_conditions(validators), max_redirects=_MOST_REDIRECTS + 1
            ) as response:
                if response.status >= 400 and response.status not in accept:
                    raise FetchError(f"the server says {_status(response.status)} for {url}", url, response.status)
                headers = {name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers}
                body = b"" if response.status == 304 else await _read(response, url)
                return Page(str(response.url), response.status, headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise FetchError(f"{_in_words(error)}: {url}", url) from error


def _conditions(validators: Validators | None) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, sections 13.1.2 and 13.1.3)."""
    if validators is None:
        return {}
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value}


async def _read(response: aiohttp.ClientResponse, url: str) -> bytes:
    """The body, unpacked; counted as it comes, so that neither 200 MB nor a small bomb that unpacks to it gets in."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise FetchError(f"the answer is larger than {_MOST_BYTES // _MEGABYTE} MB: {url}", url, response.status)
    return bytes(body)


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
        case aiohttp.ClientConnectorDNSError():
            return "there is no server of that name; check the spelling"
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError() | aiohttp.ClientSSLError():
            return "the server's certificate is not valid, so it may not be who it says it is"
        case aiohttp.ClientConnectorError():
            return f"no connection to the server ({error.strerror or error})"
        case TimeoutError():
            return "the server did not answer in time"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | ConnectionError():
            return "the server broke off its answer"
        case aiohttp.ClientResponseError():
            return "the server's answer is not proper HTTP"
        case _:
            return f"no answer could be read ({type(error).__name__})"
