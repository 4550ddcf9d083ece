"""Leaving a newsletter: a page with a button for people, and the same address as one click for mail programs."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from digest.tokens import Link, read_link
from digest.web.door import Door
from digest.web.fields import read_fields
from digest.web.guards import FROM_ANYWHERE
from digest.web.mail import send
from digest.web.pages import Pages
from digest.web.reading import reads
from digest.web.visit import visit
from subscribers import Mail, unsubscribe


@reads("/unsubscribe/{token:str}")
def show_unsubscribe(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Ask whether she means it. Mail scanners open every link, so this changes nothing (RFC 8058, section 6)."""
    link = read_link(door.keys, "unsubscribe", token)
    if link is None:
        return pages.stranger()
    came = visit(door, "unsubscribe", token)
    if came and came.has_left:
        return _left(door, pages, link)
    return pages.render("unsubscribe.html", newsletter=door.newsletter_name(link.newsletter), token=token, came=came)


@post("/unsubscribe/{token:str}", status_code=200, sync_to_thread=True, opt={FROM_ANYWHERE: True})
def unsubscribe_by_post(
    token: FromPath[str], body: RawBody, door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """Leave, in one request without cookies or redirects, however often it comes (RFC 8058, section 3.2).

    Mail programs post `List-Unsubscribe=One-Click` in either form encoding, the page's button says that it is ours. The
    token alone says who leaves what, so a body that cannot be read is no reason to keep her.
    """
    link = read_link(door.keys, "unsubscribe", token)
    if link is None:
        return pages.stranger()
    by_page = read_fields(body).one("by") == "page"
    via = "unsubscribe page" if by_page else "one-click"
    with door.write() as session:
        left = unsubscribe(session, link.subscriber_id, link.newsletter, via=via, now=door.clock())
        # No goodbye after one click in a mail program: whoever pressed it wants no more mail, and the next letter
        # would be reported as spam.
        if left and by_page:
            send(session, door, Mail("goodbye", link.subscriber_id, link.newsletter))
    return _left(door, pages, link)


def _left(door: Door, pages: Pages, link: Link) -> Response[str]:
    return pages.render(
        "left.html",
        newsletter=door.newsletter_name(link.newsletter),
        key=link.newsletter if link.newsletter in door.newsletters else "",
    )
