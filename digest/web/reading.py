"""Routes that only read: GET and HEAD, answered in a thread."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from litestar import HttpMethod, Response, route
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler

_Page = Callable[..., Response[Any]]


def reads(*paths: str) -> Callable[[_Page], HTTPRouteHandler]:
    """Make a function the page at each of `paths`. It may use the database: it keeps nobody else waiting."""

    def make(page: _Page) -> HTTPRouteHandler:
        # `sync_to_thread=True` on a route of two methods wraps its handler twice, and it never runs (Litestar 2.25).
        @wraps(page)
        async def in_thread(*args: Any, **kwargs: Any) -> Response[Any]:
            return await sync_to_thread(page, *args, **kwargs)

        return route(list(paths), http_method=[HttpMethod.GET, HttpMethod.HEAD])(in_thread)

    return make
