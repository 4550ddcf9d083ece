"""Signing up: a page of ours, a plain form that other sites carry, and the page between that one and us.

What a form sends is stored only with a time that we signed and that is neither old nor just now: a form on another
site has none, and programs that fill forms are quick. Such a form is answered by a page with one button, and nothing
is stored before it is pressed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from litestar import HttpMethod, Request, Response, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from digest.tokens import read_until, sign_until
from digest.web.door import Door, Offer
from digest.web.fields import Fields, read_fields
from digest.web.guards import FROM_ANYWHERE, came_from_elsewhere
from digest.web.mail import send
from digest.web.network import network_of
from digest.web.pages import Pages
from digest.web.topics import Choice, grouped, read_choice
from subscribers import Address, AddressError, SignUp, parse_address, sign_up

_FORM_LASTS = timedelta(hours=12)
_QUICKEST = timedelta(seconds=2)
"""No person reads, ticks and types faster."""
_HONEYPOT = "website"
_OURS, _EMBEDDED = "sign-up page", "embedded form"
"""Which form it was, as her consent keeps it."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """When a page with the form was made, and which form she filled."""

    at: datetime
    via: str


@route("/subscribe/{newsletter:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], sync_to_thread=False)
def show_sign_up(
    newsletter: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """The form, with nothing ticked."""
    offer = door.newsletters.get(newsletter)
    if offer is None:
        return pages.stranger()
    return _form(door, pages, newsletter, address="", choice=Choice(everything=False, topics=()), via=_OURS)


@post("/subscribe/{newsletter:str}", status_code=200, sync_to_thread=True, opt={FROM_ANYWHERE: True})
def take_sign_up(
    newsletter: FromPath[str],
    body: RawBody,
    request: Request[Any, Any, Any],
    door: NamedDependency[Door],
    pages: NamedDependency[Pages],
) -> Response[str]:
    """Take a filled form: ask again where something is wrong, store it where it is ours, else show the one button."""
    offer = door.newsletters.get(newsletter)
    if offer is None:
        return pages.stranger()
    fields = read_fields(body)
    typed, choice = fields.one("email"), read_choice(fields, offer.topics)
    shown = _read_time(door, newsletter, fields)
    elsewhere = came_from_elsewhere(request)
    via = shown.via if shown else _EMBEDDED if elsewhere else _OURS
    address, problem = _address(typed)
    if address is None or choice.is_empty:
        return _form(door, pages, newsletter, address=typed, choice=choice, via=via, problem=problem, is_answer=True)
    if fields.one(_HONEYPOT):
        # Whoever filled the field that nobody sees is a program; it learns nothing from the answer.
        return _check_your_mail(pages, offer, typed)
    if shown is None or elsewhere or door.clock() - shown.at < _QUICKEST:
        # A time just signed is carried on: who presses the button at once is not asked a third time.
        signed = fields.one("shown") if shown else _sign_time(door, newsletter, via)
        return _one_button(pages, newsletter, offer, typed, choice, signed)
    form = SignUp(
        address=address,
        newsletter=newsletter,
        topics=choice.wanted,
        via=via,
        wording=offer.sign_up.wording,
        network=network_of(request, door),
    )
    with door.write() as session:
        mail = sign_up(session, door.keys.address, form, now=door.clock())
        if mail:
            send(session, door, mail)
    return _check_your_mail(pages, offer, typed)


@route("/embed/{newsletter:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], sync_to_thread=False)
def show_embed(newsletter: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """The form as plain HTML, to be copied into a page of any site."""
    offer = door.newsletters.get(newsletter)
    if offer is None:
        return pages.stranger()
    snippet = pages.text(
        "embed_form.html",
        action=f"{door.web_url}/subscribe/{newsletter}",
        offer=offer,
        groups=grouped(offer.topics),
        honeypot=_HONEYPOT,
    )
    return pages.render("embed.html", offer=offer, snippet=snippet, newsletter=newsletter)


def _form(
    door: Door,
    pages: Pages,
    newsletter: str,
    *,
    address: str,
    choice: Choice,
    via: str,
    problem: str = "",
    is_answer: bool = False,
) -> Response[str]:
    offer = door.newsletters[newsletter]
    return pages.render(
        "subscribe.html",
        status=422 if is_answer else 200,
        newsletter=newsletter,
        offer=offer,
        groups=grouped(offer.topics),
        address=address,
        choice=choice,
        problem=problem,
        nothing_chosen=is_answer and choice.is_empty,
        honeypot=_HONEYPOT,
        shown=_sign_time(door, newsletter, via),
    )


def _one_button(
    pages: Pages, newsletter: str, offer: Offer, address: str, choice: Choice, signed: str
) -> Response[str]:
    return pages.render(
        "one_button.html",
        newsletter=newsletter,
        offer=offer,
        address=address,
        choice=choice,
        topics=[topic for topic in offer.topics if topic.slug in choice.topics],
        shown=signed,
    )


def _check_your_mail(pages: Pages, offer: Offer, address: str) -> Response[str]:
    return pages.render("check_your_mail.html", offer=offer, address=address)


def _address(typed: str) -> tuple[Address | None, str]:
    """The address she typed, or what is wrong with it."""
    if not typed:
        return None, "it is empty"
    try:
        return parse_address(typed), ""
    except AddressError as error:
        return None, error.problem


def _sign_time(door: Door, newsletter: str, via: str) -> str:
    now = door.clock()
    return sign_until(door.keys, "form", f"{newsletter} {now.isoformat()} {via}", now + _FORM_LASTS)


def _read_time(door: Door, newsletter: str, fields: Fields) -> _Shown | None:
    words = read_until(door.keys, "form", fields.one("shown"), door.clock())
    if words is None:
        return None
    of, at, via = words.split(" ", 2)
    return _Shown(datetime.fromisoformat(at), via) if of == newsletter else None
