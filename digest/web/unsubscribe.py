"""Leaving a newsletter: a page with a button for people, and the same address as one click for mail programs."""

from litestar import HttpMethod, Response, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from digest.tokens import read_link
from digest.web.door import Door
from digest.web.pages import Pages
from subscribers import unsubscribe


@route("/unsubscribe/{token:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], sync_to_thread=False)
def show_unsubscribe(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Ask whether she means it. Mail scanners open every link, so this changes nothing (RFC 8058, section 6)."""
    link = read_link(door.keys, "unsubscribe", token)
    if link is None:
        return pages.stranger()
    return pages.render("unsubscribe.html", newsletter=door.newsletter_name(link.newsletter), token=token)


@post("/unsubscribe/{token:str}", status_code=200, sync_to_thread=True)
def unsubscribe_by_post(
    token: FromPath[str], body: RawBody, door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """Leave, in one request without cookies or redirects, however often it comes (RFC 8058, section 3.2).

    Mail programs post `List-Unsubscribe=One-Click` in either form encoding, the page's button posts nothing. The
    token alone says who leaves what, so a body that cannot be read is no reason to keep her.
    """
    link = read_link(door.keys, "unsubscribe", token)
    if link is None:
        return pages.stranger()
    via = "one-click" if b"One-Click" in bytes(body) else "unsubscribe page"
    with door.write() as session:
        unsubscribe(session, link.subscriber_id, link.newsletter, via=via, now=door.clock())
    name = door.newsletter_name(link.newsletter)
    return pages.message("You have left", f"You will get no more letters of “{name}”.", "Thank you for reading.")
