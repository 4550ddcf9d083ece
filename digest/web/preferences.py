"""Choosing topics: what a reader follows of one newsletter, from a link in her letter, without a password."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import parse_qs

from litestar import HttpMethod, Response, post, route
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from digest.tokens import Link, read_link, sign_link
from digest.types import Topic
from digest.web.door import Door
from digest.web.pages import Pages
from subscribers import Standing, SubscriptionState, change_topics, read_standing

_MAX_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class _Visit:
    """A reader on her page: the token she came with, what it speaks for, and where she stands."""

    token: str
    link: Link
    standing: Standing

    @property
    def has_left(self) -> bool:
        return self.standing.state == SubscriptionState.UNSUBSCRIBED


@route("/preferences/{token:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def show_preferences(
    token: FromPath[str], door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """Show what she follows. Changes nothing."""
    # `sync_to_thread=True` on a route of two methods wraps the handler twice, and it never runs (Litestar 2.25).
    visit = await sync_to_thread(_visit, door, token)
    if visit is None:
        return pages.stranger()
    return _has_left(door, pages, visit) if visit.has_left else _page(door, pages, visit)


@post("/preferences/{token:str}", status_code=200, sync_to_thread=True)
def save_preferences(
    token: FromPath[str], body: RawBody, door: NamedDependency[Door], pages: NamedDependency[Pages]
) -> Response[str]:
    """Save the topics she ticked and show the page again. Ticking all of them follows later ones too."""
    visit = _visit(door, token)
    if visit is None:
        return pages.stranger()
    if visit.has_left:
        return _has_left(door, pages, visit)
    link, offered = visit.link, [topic.slug for topic in door.newsletters[visit.link.newsletter].topics]
    ticked = _ticked(body, offered)
    if not ticked:
        return _page(door, pages, visit, nothing_ticked=True)
    topics = None if len(ticked) == len(offered) else tuple(ticked)
    with door.write() as session:
        change_topics(session, link.subscriber_id, link.newsletter, topics, via="preferences page", now=door.clock())
    saved = replace(visit, standing=replace(visit.standing, topics=topics))
    return _page(door, pages, saved, saved=True)


def _visit(door: Door, token: str) -> _Visit | None:
    link = read_link(door.keys, "preferences", token)
    if link is None or link.newsletter not in door.newsletters:
        return None
    with door.read() as session:
        standing = read_standing(session, link.subscriber_id, link.newsletter)
    return None if standing is None else _Visit(token, link, standing)


def _page(
    door: Door, pages: Pages, visit: _Visit, *, saved: bool = False, nothing_ticked: bool = False
) -> Response[str]:
    offer = door.newsletters[visit.link.newsletter]
    followed = visit.standing.topics
    return pages.render(
        "preferences.html",
        status=422 if nothing_ticked else 200,
        newsletter=offer.name,
        address=masked(visit.standing.address),
        groups=grouped(offer.topics),
        followed={topic.slug for topic in offer.topics} if followed is None else set(followed),
        token=visit.token,
        leave_token=sign_link(door.keys, "unsubscribe", visit.link),
        saved=saved,
        nothing_ticked=nothing_ticked,
    )


def _has_left(door: Door, pages: Pages, visit: _Visit) -> Response[str]:
    name = door.newsletter_name(visit.link.newsletter)
    return pages.message("You have left", f"You no longer get “{name}”, so there is nothing to choose here.")


def _ticked(body: bytes, offered: Collection[str]) -> list[str]:
    """The topics on offer that a form names; nothing for a body that is no form."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MAX_FIELDS)
    except ValueError:
        return []
    named = set(fields.get("topic", ()))
    return [slug for slug in offered if slug in named]


def grouped(topics: Collection[Topic]) -> list[tuple[str, list[Topic]]]:
    """Topics under their groups, both in the order in which they come first."""
    order = {group: place for place, group in reversed(list(enumerate(topic.group for topic in topics)))}
    in_order = sorted(topics, key=lambda topic: order[topic.group])
    return [(group, list(members)) for group, members in groupby(in_order, key=lambda topic: topic.group)]


def masked(address: str) -> str:
    """An address that its owner knows again and nobody else can use: a letter may have been forwarded."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
