"""The readers' web application. It sets no cookies, loads nothing from elsewhere and writes no log of who came."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from litestar import HttpMethod, Litestar, MediaType, Request, Response, route
from litestar.concurrency import sync_to_thread
from litestar.datastructures import MutableScopeHeaders, State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope
from sqlalchemy import text

from digest.web import account, confirm, preferences, subscribe, unsubscribe
from digest.web.door import Door
from digest.web.events import show_event
from digest.web.guards import refuse_from_elsewhere
from digest.web.letters import show_letter
from digest.web.pages import Pages

logger = logging.getLogger(__name__)

_MAX_BODY_BYTES = 64_000
_READ_ONLY = [HttpMethod.GET, HttpMethod.HEAD]
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the tokens are in the address
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def create_app(door: Door, *also: HTTPRouteHandler) -> Litestar:
    """The application, ready for any ASGI server. `also` are routes that are not the readers'."""
    pages = Pages(door)
    return Litestar(
        path=door.path or "/",
        route_handlers=[
            show_home,
            show_style,
            show_health,
            show_privacy,
            show_event,
            show_letter,
            subscribe.show_sign_up,
            subscribe.take_sign_up,
            subscribe.show_embed,
            confirm.show_confirm,
            confirm.take_confirm,
            confirm.take_not_me,
            preferences.show_preferences,
            preferences.save_preferences,
            preferences.choose_monthly,
            preferences.start_pause,
            preferences.end_pause,
            preferences.mail_link,
            account.show_account,
            account.show_data,
            account.show_erase,
            account.erase,
            account.take_wish_for_address,
            account.show_new_address,
            account.take_new_address,
            unsubscribe.show_unsubscribe,
            unsubscribe.unsubscribe_by_post,
            *also,
        ],
        guards=[refuse_from_elsewhere],
        state=State({"door": door}),
        dependencies={
            "door": Provide(lambda: door, sync_to_thread=False),
            "pages": Provide(lambda: pages, sync_to_thread=False),
        },
        exception_handlers={HTTPException: _refuse(pages), Exception: _fail(pages)},
        before_send=[_add_headers],
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )


@route("/", http_method=_READ_ONLY, sync_to_thread=False)
def show_home(door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Say whose pages these are, and what one can sign up for."""
    return pages.render("home.html", newsletters=door.newsletters)


@route("/privacy", http_method=_READ_ONLY, sync_to_thread=False)
def show_privacy(pages: NamedDependency[Pages]) -> Response[str]:
    """What is kept of a reader, why, and what she can have done about it (GDPR, article 13)."""
    return pages.render("privacy.html")


@route("/static/style.css", http_method=_READ_ONLY, sync_to_thread=False)
def show_style(pages: NamedDependency[Pages]) -> Response[str]:
    """The one style sheet."""
    return Response(pages.style, media_type=MediaType.CSS, headers={"Cache-Control": "max-age=3600"})


@route("/health", http_method=_READ_ONLY, media_type=MediaType.TEXT)
async def show_health(door: NamedDependency[Door]) -> Response[str]:
    """`ok` while the database answers."""
    await sync_to_thread(_ask_database, door)
    return Response("ok\n", media_type=MediaType.TEXT)


def _ask_database(door: Door) -> None:
    with door.read() as session:
        session.execute(text("SELECT 1"))


def _refuse(pages: Pages) -> Callable[[Request[Any, Any, Any], HTTPException], Response[str]]:
    def refuse(_request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
        if error.status_code == HTTPStatus.NOT_FOUND:
            return pages.stranger()
        if error.status_code == HTTPStatus.FORBIDDEN:
            return pages.message(
                "Please press the button on our own page",
                "This was sent from another site, so nothing was changed. Open the link in your letter again.",
                status=403,
            )
        title = HTTPStatus(error.status_code).phrase
        return pages.message(title, "This page cannot do that.", status=error.status_code)

    return refuse


def _fail(pages: Pages) -> Callable[[Request[Any, Any, Any], Exception], Response[str]]:
    def fail(_request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        logger.error("a page could not be made", exc_info=error)
        return pages.message("Something went wrong", "It is our fault. Please try again in a minute.", status=500)

    return fail


async def _add_headers(message: Message, _scope: Scope) -> None:
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
