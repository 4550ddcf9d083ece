"""Confirming: the link in the letter that asks leads to a page with two answers, and only pressing one counts."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from digest.tokens import Link, sign_link
from digest.web.door import Door
from digest.web.fresh import read_fresh
from digest.web.mail import send
from digest.web.network import network_of
from digest.web.pages import Pages
from digest.web.reading import reads
from subscribers import Mail, RefusedError, Standing, SubscriptionState, confirm, read_standing, refuse

_VIA = "confirmation page"


@reads("/confirm/{token:str}", "/confirm/{token:str}/not-me")
def show_confirm(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Ask whether it was she. Mail scanners open every link, so this changes nothing."""
    standing = _standing(door, token)
    if standing is None or standing.state == SubscriptionState.UNSUBSCRIBED:
        return _run_out(door, pages)
    if standing.state == SubscriptionState.ACTIVE:
        return _welcome(door, pages, standing)
    offer = door.newsletters[standing.newsletter]
    return pages.render("confirm.html", offer=offer, token=token, address=standing.address)


@post("/confirm/{token:str}", status_code=200, sync_to_thread=True)
def take_confirm(
    token: FromPath[str], request: Request[Any, Any, Any], door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """Make her a reader and send the welcome, once; pressing again shows the same page."""
    standing = _standing(door, token)
    if standing is None or standing.state == SubscriptionState.UNSUBSCRIBED:
        return _run_out(door, pages)
    subscriber_id, newsletter = standing.subscriber_id, standing.newsletter
    try:
        with door.write() as session:
            changed = confirm(
                session,
                subscriber_id,
                newsletter,
                via=_VIA,
                wording=door.newsletters[newsletter].sign_up.wording,
                network=network_of(request, door),
                now=door.clock(),
            )
            if changed:
                send(session, door, Mail("welcome", subscriber_id, newsletter))
    except RefusedError:
        return pages.message(
            "We may not write to this address",
            "Mail from us to it was reported as unwanted, or we were told to stop. Please write to us, and a person "
            "will look into it.",
            status=409,
        )
    return _welcome(door, pages, standing)


@post("/confirm/{token:str}/not-me", status_code=200, sync_to_thread=True)
def take_not_me(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Somebody else typed her address: forget it, and ask no more. Pressing again shows the same page."""
    fresh = read_fresh(door, "confirm", token)
    if fresh is None:
        return _run_out(door, pages)
    standing = _standing(door, token)
    if standing and standing.state == SubscriptionState.ACTIVE:
        return _welcome(door, pages, standing)  # she has said yes since; that page tells how to leave
    with door.write() as session:
        refuse(session, fresh.link.subscriber_id, fresh.link.newsletter, now=door.clock())
    return pages.message(
        "We will not ask again",
        "Somebody typed your address by mistake. It is forgotten, and this form will not write to it any more.",
    )


def _standing(door: Door, token: str) -> Standing | None:
    """Where whoever holds the link stands; None where it has run out, or nobody is there any more."""
    fresh = read_fresh(door, "confirm", token)
    if fresh is None or fresh.link.newsletter not in door.newsletters:
        return None
    with door.read() as session:
        return read_standing(session, fresh.link.subscriber_id, fresh.link.newsletter)


def _welcome(door: Door, pages: Pages, standing: Standing) -> Response[str]:
    link = Link(standing.subscriber_id, standing.newsletter)
    return pages.render(
        "welcome.html",
        offer=door.newsletters[standing.newsletter],
        address=standing.address,
        preferences_token=sign_link(door.keys, "preferences", link),
        leave_token=sign_link(door.keys, "unsubscribe", link),
    )


def _run_out(door: Door, pages: Pages) -> Response[str]:
    return pages.render("run_out.html", status=404, newsletters=door.newsletters)
