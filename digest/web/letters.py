"""A letter in the browser, for whoever has its link: as it was sent, and without anything of hers."""

import re

from litestar import MediaType, Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from digest.record import views
from digest.web.door import Door
from digest.web.pages import Pages
from digest.web.reading import reads

_NAME = re.compile("[a-z2-7]{24}")
"""`digest.tokens.view_name`; PostgreSQL takes no text with a zero byte, which an address may hold."""
# As a mail program shows it: pictures and links; no scripts, no forms, nothing of our own origin.
_POLICY = (
    "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@reads("/letters/{view:str}")
def show_letter(view: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """The HTML of a letter that was sent, as long as it is kept."""
    html = None
    if _NAME.fullmatch(view):
        with door.read() as session:
            html = views.letter(session, view)
    if html is None:
        return pages.message(
            "This letter is not here",
            "The link may have been cut short on its way, or the letter is older than those we keep.",
            status=404,
        )
    return Response(html, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})
