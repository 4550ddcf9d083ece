"""Choosing what comes: topics, rhythm, language, a pause; from a link in her letter, without a password."""

from collections.abc import Callable
from datetime import timedelta

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from sqlalchemy.orm import Session

from digest.web.door import Door
from digest.web.fields import Fields, read_fields
from digest.web.mail import send
from digest.web.pages import Pages
from digest.web.reading import reads
from digest.web.topics import choice_of, grouped, read_choice
from digest.web.visit import Visit, masked, visit
from subscribers import Mail, Preferences, Rhythm, change_preferences, pause

PAUSE = timedelta(weeks=4)
_VIA = "preferences page"


@reads(
    "/preferences/{token:str}",
    # A browser that opens its tabs again asks for the address of the form that was sent last.
    *(f"/preferences/{{token:str}}/{action}" for action in ("monthly", "pause", "resume", "link")),
)
def show_preferences(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Show what she chose. Changes nothing."""
    came = visit(door, "preferences", token)
    return pages.stranger() if came is None else _page(pages, came)


@post("/preferences/{token:str}", status_code=200, sync_to_thread=True)
def save_preferences(
    token: FromPath[str], body: RawBody, door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """Save the form and show the page again."""
    came = visit(door, "preferences", token)
    if came is None or came.has_left:
        return pages.stranger() if came is None else _page(pages, came)
    fields = read_fields(body)
    choice = read_choice(fields, came.offer.topics)
    if choice.is_empty:
        return _page(pages, came, nothing_chosen=True)
    wanted = Preferences(choice.wanted, _rhythm(fields, came), _language(fields, came))
    return _do(pages, came, "Saved. Your next letter follows it.", _changing(came, wanted))


@post("/preferences/{token:str}/monthly", status_code=200, sync_to_thread=True)
def choose_monthly(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """One letter a month from now on, instead of leaving; the rest stays as it is."""
    came = visit(door, "preferences", token)
    if came is None:
        return pages.stranger()
    wanted = Preferences(came.standing.topics, Rhythm.MONTHLY, came.standing.language)
    return _do(pages, came, "Saved. One letter a month comes from now on.", _changing(came, wanted))


@post("/preferences/{token:str}/pause", status_code=200, sync_to_thread=True)
def start_pause(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Nothing for four weeks from now."""
    came = visit(door, "preferences", token)
    if came is None:
        return pages.stranger()
    return _do(pages, came, "", lambda session: _pause(session, came, paused=True))


@post("/preferences/{token:str}/resume", status_code=200, sync_to_thread=True)
def end_pause(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Letters again, from the next on."""
    came = visit(door, "preferences", token)
    if came is None:
        return pages.stranger()
    said = "Welcome back. The next letter holds what you missed."
    return _do(pages, came, said, lambda session: _pause(session, came, paused=False))


@post("/preferences/{token:str}/link", status_code=200, sync_to_thread=True)
def mail_link(token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]) -> Response[str]:
    """Mail her the link to what a forwarded letter must not open: her data, her address, her erasure."""
    came = visit(door, "preferences", token)
    if came is None:
        return pages.stranger()
    mail = Mail("preferences-link", came.link.subscriber_id, came.link.newsletter)
    said = "A link is on its way to your address. It works for an hour, and one is sent an hour at most."
    return _do(pages, came, said, lambda session: send(session, door, mail))


def _do(pages: Pages, came: Visit, said: str, change: Callable[[Session], object]) -> Response[str]:
    """Change something, unless she has left, and show the page as it is then, with a word about it."""
    if came.has_left:
        return _page(pages, came)
    with came.door.write() as session:
        change(session)
    now = visit(came.door, "preferences", came.preferences_token)
    return pages.stranger() if now is None else _page(pages, now, said=said)


def _changing(came: Visit, wanted: Preferences) -> Callable[[Session], object]:
    link, now = came.link, came.door.clock()
    return lambda session: change_preferences(session, link.subscriber_id, link.newsletter, wanted, via=_VIA, now=now)


def _pause(session: Session, came: Visit, *, paused: bool) -> None:
    now = came.door.clock()
    pause(session, came.link.subscriber_id, now + PAUSE if paused else None, via=_VIA, now=now)


def _page(pages: Pages, came: Visit, *, said: str = "", nothing_chosen: bool = False) -> Response[str]:
    if came.has_left:
        return pages.render("has_left.html", newsletter=came.link.newsletter, offer=came.offer)
    return pages.render(
        "preferences.html",
        status=422 if nothing_chosen else 200,
        came=came,
        offer=came.offer,
        address=masked(came.standing.address),
        groups=grouped(came.offer.topics),
        choice=choice_of(came.standing.topics),
        languages=came.door.languages,
        said=said,
        nothing_chosen=nothing_chosen,
    )


def _rhythm(fields: Fields, came: Visit) -> Rhythm:
    chosen = fields.chosen("rhythm", list(Rhythm))
    return Rhythm(chosen[0]) if chosen else came.standing.rhythm


def _language(fields: Fields, came: Visit) -> str:
    # Empty: that of the newsletter.
    chosen = fields.chosen("language", ["", *(code for code, _ in came.door.languages)])
    return chosen[0] if chosen else came.standing.language
