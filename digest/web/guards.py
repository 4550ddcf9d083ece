"""Refuses forms that other sites send in a reader's name.

There is no cookie to abuse and each form is signed by the token in its address. This keeps a page elsewhere from
pressing a button of ours whose address it has come to know.
"""

from typing import Any, cast
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import HTTPScope

from digest.web.door import Door

FROM_ANYWHERE = "from_anywhere"
"""An option of a route that takes forms from other sites too."""
_PORTS = {"http": 80, "https": 443}
_READING = {"GET", "HEAD", "OPTIONS"}


def is_from_elsewhere(method: str, fetch_site: str | None, origin: str | None, web_url: str) -> bool:
    """Whether a browser says that another site asks to change something.

    By Sec-Fetch-Site, which no page can set (https://www.w3.org/TR/fetch-metadata/), else by Origin, as Go's
    net/http.CrossOriginProtection does. What has neither comes from no browser. `Origin: null` is what browsers send
    from our own pages, for their Referrer-Policy is no-referrer.
    """
    if method in _READING:
        return False
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    return origin is not None and origin != "null" and _place(origin) != _place(web_url)


def refuse_from_elsewhere(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard for every route. Raises PermissionDeniedException, 403."""
    if FROM_ANYWHERE not in handler.opt and came_from_elsewhere(connection):
        raise PermissionDeniedException


def came_from_elsewhere(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """`is_from_elsewhere`, of a request."""
    door: Door = connection.app.state.door
    method, headers = cast(HTTPScope, connection.scope)["method"], connection.headers
    return is_from_elsewhere(method, headers.get("sec-fetch-site"), headers.get("origin"), door.web_url)


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname or "", port)
