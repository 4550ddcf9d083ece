"""One file of a folder, Markdown or HTML with front matter, or a page saved whole: an article or events."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from markdown_it import MarkdownIt
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from digest.sources import links
from digest.sources._dates import parse_date, zone_named
from digest.sources._item import Body, read_body
from digest.sources._kinds import kind_of
from digest.sources._page import NotAnArticleError, read_page
from digest.sources._people import people
from digest.sources._text import excerpt, plain
from digest.types import FoundArticle, FoundEvent, Kind, Page

_FENCE = "---"


class BadFileError(Exception):
    """A file is neither an article nor an event; the words say what to mend."""


def _web_address(link: str) -> str:
    url = links.absolute(link)
    if not url:
        raise ValueError("must be an address that starts with https:// or http://")
    return url


def _zone_name(name: str) -> str:
    if zone_named(name) is None:
        raise ValueError(f"{name!r} is no time zone; write it like America/New_York")
    return name


def _kind(label: str) -> Kind:
    kind = kind_of(label)
    if kind is None:
        raise ValueError(f"{label!r} is none of {', '.join(Kind)}")
    return kind


Line = Annotated[str, AfterValidator(plain)]
Lines = Annotated[list[Line], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
Url = Annotated[str, AfterValidator(_web_address)]


class _Front(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(min_length=1)]
    url: Url
    categories: Lines = []
    excerpt: Line = ""


class _ArticleFront(_Front):
    date: str = ""
    kind: Annotated[Kind, BeforeValidator(_kind)] = Kind.ARTICLE
    by: Lines = []
    featuring: Lines = []
    outlet: Line = ""
    outlet_url: Url | None = None
    image: Url | None = None
    tags: Lines = []
    language: Line = ""


class _EventFront(_Front):
    kind: str
    starts: str
    ends: str = ""
    zone: Annotated[str, AfterValidator(_zone_name)] | None = None
    mode: Line = ""
    place: Line = ""


def read_file(name: str, content: bytes, zone: ZoneInfo) -> list[FoundArticle | FoundEvent]:
    """Read one file; times that name no zone are in `zone`. Raises BadFileError."""
    is_html = name.lower().endswith((".html", ".htm"))
    if is_html and not content.removeprefix(b"\xef\xbb\xbf").startswith(_FENCE.encode()):
        return _saved_page(content, zone)
    facts, text = _split(content)
    body = read_body(text if is_html else MarkdownIt("commonmark").render(text))
    try:
        if facts.get("kind") == "event":
            return [_event(_EventFront.model_validate(facts), body, zone)]
        return [_article(_ArticleFront.model_validate(facts), body, zone)]
    except ValidationError as error:
        raise BadFileError(_in_words(error)) from error


def _saved_page(content: bytes, zone: ZoneInfo) -> list[FoundArticle | FoundEvent]:
    try:
        return read_page(Page("", 200, {}, content), zone)
    except NotAnArticleError as error:
        raise BadFileError(f"{error}; give it front matter, or the page's own <link rel=canonical>") from error


def _split(content: bytes) -> tuple[dict[str, Any], str]:
    """The front matter and the text below it."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadFileError("is not UTF-8; save it as UTF-8") from error
    if not lines or lines[0].rstrip() != _FENCE or _FENCE not in (line.rstrip() for line in lines[1:]):
        raise BadFileError("has no front matter: facts between two lines of ---, at its very start")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE)
    try:
        # BaseLoader makes strings, lists and mappings, and nothing else: dates are for us to read.
        facts = yaml.load("\n".join(lines[1:end]), Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f", line {mark.line + 2}"
        raise BadFileError(f"its front matter is no YAML{line}; titles with a colon need quotes") from error
    if not isinstance(facts, dict):
        raise BadFileError("its front matter holds no facts; write them as `title: …`")
    return facts, "\n".join(lines[end + 1 :])


def _article(front: _ArticleFront, body: Body, zone: ZoneInfo) -> FoundArticle:
    names = [*people(front.by, Kind.ARTICLE), *people(front.featuring, Kind.IN_THE_MEDIA)]
    return FoundArticle(
        key=links.canonical(front.url),
        title=front.title,
        url=front.url,
        published_at=_moment("date", front.date, zone) if front.date else None,
        kind=front.kind,
        outlet=front.outlet or body.outlet,
        outlet_url=front.outlet_url or body.outlet_url,
        people=tuple(names),
        excerpt=excerpt(front.excerpt or body.text),
        image_url=front.image or "",
        categories=tuple(front.categories),
        tags=tuple(front.tags),
        language=front.language,
    )


def _event(front: _EventFront, body: Body, zone: ZoneInfo) -> FoundEvent:
    own_zone = ZoneInfo(front.zone) if front.zone else zone
    return FoundEvent(
        key=links.canonical(front.url),
        title=front.title,
        url=front.url,
        starts_at=_moment("starts", front.starts, own_zone),
        ends_at=_moment("ends", front.ends, own_zone) if front.ends else None,
        zone=own_zone.key,
        mode=front.mode,
        place=front.place,
        excerpt=excerpt(front.excerpt or body.text),
        categories=tuple(front.categories),
    )


def _moment(key: str, text: str, zone: ZoneInfo) -> datetime:
    moment = parse_date(text, zone)
    if moment is None:
        raise BadFileError(f"{key}: {plain(text, 40)!r} is no date; write it like 2026-01-06 or 2026-01-06 18:30")
    return moment


def _in_words(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    words = {"missing": "is missing", "extra_forbidden": "is no key we know"}
    return f"{plain(key, 60)}: {words.get(first['type']) or first['msg'].removeprefix('Value error, ')}"
