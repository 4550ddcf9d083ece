"""What WordPress's REST interface gives, record by record: hostile until read (any member may be of any type)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from digest.sources import links
from digest.sources._dates import parse_date
from digest.sources._item import Item, read_body, to_article
from digest.sources._members import Record, list_in, record_in, records_in, text_in
from digest.sources._text import html_title, html_to_text
from digest.types import FoundArticle

Names = Mapping[int, str]

FIELDS = (
    *("id", "date", "date_gmt", "modified_gmt", "link", "type", "title", "content", "excerpt", "author", "authors"),
    *("featured_media", "lang", "jetpack_featured_media_url", "yoast_head_json.author", "yoast_head_json.og_image"),
)
LISTED = ("id", "date_gmt", "modified_gmt", "content.protected")
"""What is asked of every post at each visit; its text is not among it, and so costs the site nothing."""

# Taxonomies whose terms are people: those of plug-ins for several authors, and what think tanks name theirs.
_PEOPLE = re.compile(r"(?:co-?)?authors?|ppma_author|experts?|people|person|bylines?|contributors?|fellows?")


class PassedOverError(Exception):
    """One post cannot be an article; the words say why."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What posts name by number only."""

    terms: Mapping[str, Names] = field(default_factory=dict)
    """The terms of each taxonomy, by its name in a post."""
    users: Names = field(default_factory=dict)
    images: Mapping[int, str] = field(default_factory=dict)


def key_of(post: Record) -> str:
    """What an article is known by; it stays when title, link or date change."""
    return f"post {post['id']}"


def mark_of(post: Record) -> str:
    """Number, date and last change of a post: the same as long as it is the same."""
    return f"{post['id']}.{_digits(post, 'date_gmt')}.{_digits(post, 'modified_gmt')}"


def is_protected(post: Record) -> bool:
    """Whether it wants a password."""
    return bool(record_in(post, "content").get("protected"))


def ids_in(posts: Iterable[Record], name: str) -> set[int]:
    """The numbers that posts hold under a name, alone or as a list."""
    return {number for post in posts for number in (*_numbers(post, name), _number(post, name)) if number > 0}


def read_names(records: Mapping[int, Record]) -> Names:
    """The names of terms or users by id."""
    return {number: html_title(text_in(record, "name")) for number, record in records.items()}


def read_images(records: Mapping[int, Record]) -> Mapping[int, str]:
    """The addresses of media by id."""
    return {number: text_in(record, "source_url") for number, record in records.items()}


def to_found(post: Record, site: str, zone: ZoneInfo, lookup: Lookup) -> FoundArticle:
    """The article a post stands for. Raises PassedOverError where it is none that a letter could lead to."""
    if is_protected(post):
        raise PassedOverError("needs a password and was passed over")
    link, yoast = text_in(post, "link"), record_in(post, "yoast_head_json")
    labels = {name: [names[number] for number in _numbers(post, name) if number in names]
              for name, names in lookup.terms.items()}  # fmt: skip
    kind = text_in(post, "type")
    item = Item(
        id=link and key_of(post),
        title=html_title(text_in(record_in(post, "title"), "rendered")),
        link=link,
        published_at=parse_date(text_in(post, "date_gmt") + "Z", zone) or parse_date(text_in(post, "date"), zone),
        type="" if kind == "post" else kind,
        tags=labels.get("tags", ()),
        categories=[
            label
            for name, names in labels.items()
            if name != "tags" and not _PEOPLE.fullmatch(name)
            for label in names
            if label != "Uncategorized"  # what WordPress files a post under when nobody did
        ],
        names=_names(post, labels, lookup.users) or [html_title(text_in(yoast, "author"))],
        summary=html_to_text(text_in(record_in(post, "excerpt"), "rendered")),
        body=read_body(text_in(record_in(post, "content"), "rendered"), links.absolute(link, site)),
        image=text_in(post, "jetpack_featured_media_url")
        or _first_image(yoast)
        or lookup.images.get(_number(post, "featured_media"), ""),
        language=text_in(post, "lang"),
    )
    article = to_article(item, site) if links.absolute(link, site) else None
    if article is None:
        raise PassedOverError("has no link, or neither a title nor any text, and was passed over")
    return article


def _names(post: Record, labels: Mapping[str, list[str]], users: Names) -> list[str]:
    """Whom a plug-in for authors names, else the user who entered the post."""
    # A term without a blank is a user's login, not her name.
    terms = [label for name, names in labels.items() if _PEOPLE.fullmatch(name) for label in names if " " in label]
    several = [html_title(text_in(author, "display_name")) for author in records_in(post, "authors")]
    return list(filter(None, terms or several or [users.get(_number(post, "author"), "")]))


def _digits(post: Record, name: str) -> str:
    return re.sub(r"\D", "", text_in(post, name)[:30], flags=re.ASCII)


def _number(values: Record, name: str) -> int:
    value = values.get(name)
    return value if type(value) is int else 0


def _numbers(values: Record, name: str) -> list[int]:
    return [number for number in list_in(values, name) if type(number) is int]


def _first_image(yoast: Record) -> str:
    return next((text_in(image, "url") for image in records_in(yoast, "og_image")), "")
