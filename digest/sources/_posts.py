"""What WordPress's REST interface gives, record by record: hostile until read (any member may be of any type)."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from digest.errors import SourceError
from digest.sources import links
from digest.sources._dates import parse_date
from digest.sources._item import Item, read_body, to_article
from digest.sources._text import html_title, html_to_text
from digest.types import FoundArticle, Page

Record = dict[str, Any]
Names = dict[int, str]


class PassedOverError(Exception):
    """One post cannot be an article; the words say why."""


def read_records(page: Page) -> dict[int, Record]:
    """The records of one page by id. Raises SourceError where the page is no list of records."""
    try:
        records = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{page.url} gave no JSON; is this WordPress, and is its REST interface open?") from error
    if not isinstance(records, list):
        raise SourceError(f"{page.url} gave no list; is this WordPress, and is its REST interface open?")
    return {record["id"]: record for record in records if isinstance(record, dict) and type(record.get("id")) is int}


def read_names(records: dict[int, Record]) -> Names:
    """The names of categories, tags or users by id."""
    return {number: html_title(_text(record, "name")) for number, record in records.items()}


def to_found(post: Record, site: str, zone: ZoneInfo, categories: Names, tags: Names, users: Names) -> FoundArticle:
    """The article a post stands for. Raises PassedOverError where it is none that a letter could lead to."""
    if _member(post, "content").get("protected"):
        raise PassedOverError("needs a password and was passed over")
    link, yoast = _text(post, "link"), _member(post, "yoast_head_json")
    item = Item(
        id=link and f"post {post['id']}",
        title=html_title(_text(_member(post, "title"), "rendered")),
        link=link,
        published_at=parse_date(_text(post, "date_gmt") + "Z", zone) or parse_date(_text(post, "date"), zone),
        labels=_labels(post, categories, tags),
        names=[users.get(_number(post, "author")) or html_title(_text(yoast, "author"))],
        summary=html_to_text(_text(_member(post, "excerpt"), "rendered")),
        body=read_body(_text(_member(post, "content"), "rendered")),
        image=_text(post, "jetpack_featured_media_url") or _first_image(yoast),
    )
    article = to_article(item, site) if links.absolute(link, site) else None
    if article is None:
        raise PassedOverError("has no link, or neither a title nor any text, and was passed over")
    return article


def _labels(post: Record, categories: Names, tags: Names) -> list[str]:
    """Tags before categories: they say what a post is, categories what it is about; some sites use one for both."""
    return [
        names[number]
        for field, names in (("tags", tags), ("categories", categories))
        for number in _numbers(post, field)
        if number in names
    ]


def _member(values: Record, name: str) -> Record:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _text(values: Record, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _number(values: Record, name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) else 0


def _numbers(values: Record, name: str) -> list[int]:
    value = values.get(name)
    return [number for number in value if isinstance(number, int)] if isinstance(value, list) else []


def _first_image(yoast: Record) -> str:
    images = yoast.get("og_image")
    first = images[0] if isinstance(images, list) and images else None
    return _text(first, "url") if isinstance(first, dict) else ""
