"""The test server's inbox as a small local web site: a list, a letter, its HTML, its source. It only ever reads."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from digest.files import shipped
from digest.testserver.maildir import Maildir, Stored
from digest.testserver.shown import show

_PER_PAGE = 50
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# A letter is shown as a mail program would: pictures and links, no scripts, no forms, nothing of our own origin.
_LETTER_HEADERS = _PAGE_HEADERS | {
    "Content-Security-Policy": "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline' https:; "
    "font-src https:; sandbox allow-popups allow-popups-to-escape-sandbox",
}
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def make_app(store: Path) -> Litestar:
    """The inbox of one Maildir. Raises OSError where it cannot be made."""
    maildir = Maildir(store)
    templates = Environment(
        loader=FileSystemLoader(shipped("templates") / "web"), autoescape=True, undefined=StrictUndefined
    )

    def page(template: str, **values: object) -> Response[str]:
        html = templates.get_template(template).render(**values)
        return Response(html, media_type=MediaType.HTML, headers=_PAGE_HEADERS)

    def stored(name: str) -> Stored:
        found = maildir.read(name)
        if found is None:
            raise NotFoundException("There is no such message.")
        return found

    @get("/", sync_to_thread=True)
    def inbox(page_number: FromQuery[int] = 1) -> Response[str]:
        names = maildir.names()
        start = (max(page_number, 1) - 1) * _PER_PAGE
        messages = [show(one) for name in names[start : start + _PER_PAGE] if (one := maildir.read(name))]
        return page("inbox.html", messages=messages, total=len(names), start=start, per_page=_PER_PAGE)

    @get("/{name:str}", sync_to_thread=True)
    def letter(name: FromPath[str]) -> Response[str]:
        return page("inbox_message.html", message=show(stored(name)))

    @get("/{name:str}/html", sync_to_thread=True)
    def letter_html(name: FromPath[str]) -> Response[str]:
        # Links open beside the inbox; inside its frame most sites refuse to be shown.
        html = _HEAD.sub(lambda head: head[0] + '<base target="_blank">', show(stored(name)).html, count=1)
        return Response(html, media_type=MediaType.HTML, headers=_LETTER_HEADERS)

    @get("/{name:str}/source", sync_to_thread=True)
    def source(name: FromPath[str]) -> Response[str]:
        text = stored(name).content.decode("utf-8", "replace")
        return Response(text, media_type=MediaType.TEXT, headers=_PAGE_HEADERS)

    return Litestar([inbox, letter, letter_html, source], openapi_config=None)
