"""The preview as a small web application for loopback. It only reads, and sets no cookies."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from jinja2 import DictLoader, Environment, StrictUndefined
from litestar import Litestar, MediaType, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.params import FromQuery

from digest import files
from digest.desk import Desk
from digest.errors import DigestError, EditionError
from digest.web.preview import letter
from digest.web.preview.choosing import Choice, choose, list_editions, split_topics
from digest.web.preview.letter import Scheme
from digest.web.preview.looking import look
from digest.web.topics import grouped
from subscribers import SubscribersError

logger = logging.getLogger(__name__)

View = Literal["letter", "text", "headers", "source"]

_OWN_NAMES = {"127.0.0.1", "localhost"}
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # a subscriber's address may be in ours
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
# As a mail program shows it: pictures and links, no scripts, no forms, nothing of our own origin.
_LETTER_HEADERS = _HEADERS | {
    "Content-Security-Policy": "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline' https:; "
    f"font-src https:; frame-ancestors 'self'; sandbox {_SANDBOX}",
}


class Pages:
    """What the handlers share: the desk, the key of the addresses' hash, and the templates."""

    def __init__(self, desk: Desk, secret: bytes, templates: Mapping[str, str]) -> None:
        self.desk = desk
        self.secret = secret
        self.style = templates["web/preview.css"]
        self._environment = Environment(
            loader=DictLoader(dict(templates)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, status: int = 200, **values: object) -> Response[str]:
        """A page from `web/<template>`."""
        html = self._environment.get_template(f"web/{template}").render(values)
        return Response(html, status_code=status, media_type=MediaType.HTML, headers=_HEADERS)

    def message(self, title: str, words: str, status: int = 200) -> Response[str]:
        """A page that only says something."""
        return self.render("preview_message.html", status, title=title, words=words)

    def refuse(self, _request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
        """The answer to what cannot be shown."""
        return self.message(HTTPStatus(error.status_code).phrase, error.detail, error.status_code)

    def fail(self, _request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        """The answer to a fault of this program."""
        logger.error("the preview could not be made", exc_info=error)
        return self.message("Something went wrong", "The terminal says more.", 500)


def create_preview(desk: Desk, secret: bytes) -> Litestar:
    """The application. `secret` is the key of the hash by which subscribers' addresses are known."""
    pages = Pages(desk, secret, files.read_templates(None, "web"))
    return Litestar(
        [show, show_letter, show_style],
        dependencies={"pages": Provide(lambda: pages, sync_to_thread=False)},
        before_request=_refuse_other_names,
        exception_handlers={HTTPException: pages.refuse, Exception: pages.fail},
        openapi_config=None,
        logging_config=None,
    )


@get("/", sync_to_thread=True)
def show(
    pages: NamedDependency[Pages],
    edition: FromQuery[int | None] = None,
    topics: FromQuery[list[str] | None] = None,
    subscriber: FromQuery[str] = "",
    view: FromQuery[View] = "letter",
    scheme: FromQuery[Scheme] = "light",
) -> Response[str]:
    """The page. Without an edition: the newest that can still be changed."""
    editions = list_editions(pages.desk)
    if not editions:
        name = next(iter(pages.desk.plans), "NEWSLETTER")
        return pages.message("There is no edition yet", f"Draft one from what is new: digest compose {name}")
    choice = _choice(editions[0].number if edition is None else edition, topics, subscriber)
    try:
        seen = look(pages.desk, pages.secret, choice)
    except EditionError as error:
        raise NotFoundException(str(error)) from error
    return pages.render(
        "preview.html",
        422 if seen.problem else 200,
        look=seen,
        choice=choice,
        editions=editions,
        groups=grouped(seen.content.topics),
        view=view,
        scheme=scheme,
        clip_bytes=letter.CLIP_BYTES,
        sandbox=_SANDBOX,
    )


@get("/letter", sync_to_thread=True)
def show_letter(
    pages: NamedDependency[Pages],
    edition: FromQuery[int],
    topics: FromQuery[list[str] | None] = None,
    subscriber: FromQuery[str] = "",
    scheme: FromQuery[Scheme] = "light",
) -> Response[str]:
    """The letter's HTML, for the frames of the page."""
    try:
        key = choose(pages.desk, pages.secret, _choice(edition, topics, subscriber)).key
        if key is None:
            raise NotFoundException("Nothing is new to such a reader.")
        html = letter.compose(pages.desk, edition, key).html
    except (DigestError, SubscribersError) as error:
        raise NotFoundException(str(error)) from error
    return Response(letter.in_scheme(html, scheme), media_type=MediaType.HTML, headers=_LETTER_HEADERS)


@get("/preview.css", sync_to_thread=False)
def show_style(pages: NamedDependency[Pages]) -> Response[str]:
    """The one style sheet."""
    return Response(pages.style, media_type=MediaType.CSS, headers=_HEADERS)


def _refuse_other_names(request: Request[Any, Any, Any]) -> None:
    # A page elsewhere may point its own name at loopback and read this one through the browser: DNS rebinding.
    if request.url.hostname not in _OWN_NAMES:
        raise ClientException("The preview answers only to 127.0.0.1 and localhost.")


def _choice(edition: int, topics: list[str] | None, subscriber: str) -> Choice:
    """A choice from the fields of an address: topics come one by one, or several with commas between."""
    return Choice(edition, split_topics(",".join(topics or ())), subscriber.strip())
