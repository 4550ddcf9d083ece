"""Her data, another address, her erasure: from a link mailed to her address that works for an hour (law 14)."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import MediaType, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from digest.errors import DatabaseError
from digest.web.door import Door
from digest.web.fields import read_fields
from digest.web.fresh import Fresh, read_fresh
from digest.web.mail import send
from digest.web.network import network_of
from digest.web.pages import Pages
from digest.web.reading import reads
from subscribers import (
    AddressError,
    AddressTakenError,
    Standing,
    ask_new_address,
    change_address,
    parse_address,
    read_standing,
)

logger = logging.getLogger(__name__)

_VIA = "account page"


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who came by a link that only the owner of her address can have got within this hour."""

    fresh: Fresh
    standing: Standing


@reads("/account/{token:str}", "/account/{token:str}/address")
def show_account(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """What she can do with what we hold of her."""
    owner = _owner(door, "account", token)
    return _run_out(pages) if owner is None else _page(pages, token, owner)


@reads("/account/{token:str}/data.json")
def show_data(
    token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str] | Response[bytes]:
    """All that is held of her, as a file (GDPR, articles 15 and 20)."""
    owner = _owner(door, "account", token)
    if owner is None:
        return _run_out(pages)
    with door.read() as session:
        held = door.held_of(session, owner.standing.subscriber_id)
    body = json.dumps(held, indent=2, ensure_ascii=False, default=_plain).encode("utf-8", "replace")
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(body, media_type=MediaType.JSON, headers=headers)


@reads("/account/{token:str}/erase")
def show_erase(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Ask once more: it cannot be taken back."""
    owner = _owner(door, "account", token)
    return _run_out(pages) if owner is None else pages.render("erase.html", token=token, standing=owner.standing)


@post("/account/{token:str}/erase", status_code=200, sync_to_thread=True)
def erase(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Forget her (GDPR, article 17). Pressing again shows the same page, for nobody is there any more."""
    fresh = read_fresh(door, "account", token)
    if fresh is None:
        return _run_out(pages)
    try:
        door.forget(fresh.link.subscriber_id, _VIA, door.clock())
    except DatabaseError as error:
        # She is out of every table; the log of SQLite could not be emptied, which her next press tries again.
        logger.warning("the erasure of subscriber %d is not complete: %s", fresh.link.subscriber_id, error)
        return pages.render("erase_again.html", status=503, token=token)
    return pages.message(
        "You are forgotten",
        "Your address, your choices and the letters we kept of yours are gone. What stays is a number made from your "
        "address, which nobody can turn back into it: by it we know that no old list may bring you back.",
        "If you ever want our letters again, sign up as anybody does.",
    )


@post("/account/{token:str}/address", status_code=200, sync_to_thread=True)
def take_wish_for_address(
    token: FromPath[str],
    body: RawBody,
    request: Request[Any, Any, Any],
    door: NamedDependency[Door],
    pages: NamedDependency[Pages],
) -> Response[str]:
    """Mail a link to the address she wants. The answer is the same whether somebody has it already or not."""
    owner = _owner(door, "account", token)
    if owner is None:
        return _run_out(pages)
    typed = read_fields(body).one("email")
    try:
        address = parse_address(typed)
    except AddressError as error:
        return _page(pages, token, owner, typed=typed, problem=error.problem if typed else "it is empty")
    link = owner.fresh.link
    with door.write() as session:
        mail = ask_new_address(
            session,
            door.keys.address,
            link.subscriber_id,
            link.newsletter,
            address,
            network=network_of(request, door),
            now=door.clock(),
        )
        if mail:
            send(session, door, mail)
    return pages.message(
        "Check your mail",
        f"A letter is on its way to {typed}. It holds a link that works for a day; press its button, and your letters "
        "come there.",
        "Until then nothing changes. One such letter is sent an hour at most.",
    )


@reads("/address/{token:str}")
def show_new_address(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Ask whether her letters are to come to this address from now on."""
    owner = _owner(door, "address", token)
    if owner is None:
        return _run_out(pages)
    if owner.standing.address == owner.fresh.address:
        return _changed(pages, owner)
    return pages.render("new_address.html", token=token, address=owner.fresh.address)


@post("/address/{token:str}", status_code=200, sync_to_thread=True)
def take_new_address(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Write to the new address from now on. Pressing again shows the same page."""
    owner = _owner(door, "address", token)
    if owner is None:
        return _run_out(pages)
    try:
        with door.write() as session:
            change_address(
                session,
                door.keys.address,
                owner.standing.subscriber_id,
                parse_address(owner.fresh.address),
                via=_VIA,
                now=door.clock(),
            )
    except AddressTakenError:
        return pages.message(
            "This address gets our letters already",
            "It has a subscription of its own. If you want only that one, leave with the other: the link is in its "
            "letters.",
            status=409,
        )
    return _changed(pages, owner)


def _owner(door: Door, purpose: str, token: str) -> _Owner | None:
    fresh = read_fresh(door, purpose, token)
    if fresh is None:
        return None
    with door.read() as session:
        standing = read_standing(session, fresh.link.subscriber_id, fresh.link.newsletter)
    return None if standing is None else _Owner(fresh, standing)


def _page(pages: Pages, token: str, owner: _Owner, *, typed: str = "", problem: str = "") -> Response[str]:
    return pages.render(
        "account.html",
        status=422 if problem else 200,
        token=token,
        standing=owner.standing,
        typed=typed,
        problem=problem,
    )


def _changed(pages: Pages, owner: _Owner) -> Response[str]:
    return pages.message("Your address is changed", f"Your letters come to {owner.fresh.address} from now on.")


def _run_out(pages: Pages) -> Response[str]:
    return pages.message(
        "This link does not work any more",
        "It was good for an hour. Ask for another on the page where you choose your topics; every letter ends with a "
        "link to it.",
        status=404,
    )


def _plain(value: object) -> str:
    """Times as RFC 3339 has them, everything else in its own words."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
