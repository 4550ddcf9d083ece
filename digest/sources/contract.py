"""What every kind of source keeps to, as a check that a plug-in's own tests can call.

assert faults_of(NotesSource, {"url": URL}, {URL: b'[{"title": "A", "url": "https://www.example.org/a"}]'}) == []
"""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from digest.errors import FetchError, SourceError
from digest.sources import links
from digest.sources._text import plain
from digest.types import Found, FoundArticle, FoundEvent, Page, SourceContext, Validators

_CONTEXT = SourceContext(ZoneInfo("America/New_York"), Path())
_ETAG = '"as before"'
_GARBAGE = {
    "nothing": b"",
    "bytes of no encoding": b"\xff\xfe\x00\x80" * 50,
    "a web page": b"<!doctype html><html><head><title>x</title></head><body><p>x</p></body></html>",
    "an empty object": b"{}",
    "a list of what should be objects": b'[1, null, "x", [], {}]',
    "brackets without end": b"[" * 100_000,
    "tags without end": b"<a>" * 20_000,
}


def faults_of(
    plug_in: type[Any], options: Mapping[str, object], answers: Mapping[str, bytes], context: SourceContext = _CONTEXT
) -> list[str]:
    """What a kind of source does not keep to, in words; none where all is well.

    `options` are its keys in config.yaml, without `name` and `kind`; `answers` what each address answers that it asks
    for, its query left away where none is given with it. At least one article or event should come of them.
    """
    faults = list(_faults_of_class(plug_in))
    if faults:
        return faults
    try:
        settings = plug_in.Settings.model_validate(dict(options))
    except ValidationError as error:
        return [f"its Settings do not take these options: {error}"]
    server = _Server(answers)
    found = _collect(plug_in(settings, context), server, Validators())
    if not isinstance(found, Found):
        return [f"collect gave no Found, but {found}"]
    faults += _faults_of_items([*found.articles, *found.events])
    faults += _faults_of_second_visit(plug_in(settings, context), server, found)
    if answers:
        faults += _faults_in_need(lambda: plug_in(settings, context), answers)
    return faults


def _faults_of_class(plug_in: type[Any]) -> Iterator[str]:
    if not isinstance(getattr(plug_in, "kind", None), str) or not plug_in.kind:
        yield "it has no `kind`"
    if not (isinstance(getattr(plug_in, "Settings", None), type) and issubclass(plug_in.Settings, BaseModel)):
        yield "its `Settings` is no pydantic model"
    for name, body in _GARBAGE.items():
        try:
            answer = plug_in.recognises(Page("https://www.example.org/", 200, {}, body))
        except Exception as error:
            yield f"recognises raises {error!r} for {name}"
            continue
        if not isinstance(answer, bool):
            yield f"recognises gives {answer!r} for {name}, and neither True nor False"


def _faults_of_items(items: list[FoundArticle | FoundEvent]) -> Iterator[str]:
    if not items:
        yield "it finds no article and no event"
    keys = [item.key for item in items]
    if len(set(keys)) < len(keys):
        yield "several items have the same key"
    for item in items:
        yield from (f"{item.key or item.title!r}: {fault}" for fault in _faults_of_item(item))


def _faults_of_item(item: FoundArticle | FoundEvent) -> Iterator[str]:
    if not item.key:
        yield "it has no key"
    if not item.title or item.title != plain(item.title):
        yield f"its title is empty, or no plain text on one line: {item.title!r}"
    if item.excerpt != plain(item.excerpt, len(item.excerpt) + 1):
        yield f"its excerpt is no plain text on one line: {item.excerpt!r}"
    if not item.url or links.absolute(item.url) != item.url:
        yield f"its url is no absolute http or https address: {item.url!r}"
    moments = (
        {"published_at": item.published_at}
        if isinstance(item, FoundArticle)
        else {"starts_at": item.starts_at, "ends_at": item.ends_at}
    )
    for name, moment in moments.items():
        if moment is not None and moment.utcoffset() is None:
            yield f"{name} names no time zone: {moment}"


def _faults_of_second_visit(source: Any, server: "_Server", first: Found) -> Iterator[str]:
    again = _collect(source, server, first.validators)
    if not isinstance(again, Found):
        yield f"a second visit gave no Found, but {again}"
    elif again.unchanged and again.validators != first.validators:
        yield "a second visit that finds nothing changed loses the validators"
    elif not {item.key for item in again.articles} <= {item.key for item in first.articles}:
        yield "a second visit gives other keys to the same articles"


def _faults_in_need(source: Any, answers: Mapping[str, bytes]) -> Iterator[str]:
    """What it does when the other side is down, or answers anything."""
    down = _collect(source(), _Server({}), Validators())
    if not isinstance(down, SourceError):
        yield f"a server that answers nothing gives {down!r}, and no SourceError"
    for name, body in _GARBAGE.items():
        given = _collect(source(), _Server(dict.fromkeys(answers, body)), Validators())
        if not isinstance(given, Found | SourceError):
            yield f"{name} makes collect raise {given!r}, and no SourceError"


def _collect(source: Any, server: "_Server", validators: Validators) -> Any:
    """What came of a visit, be it an error."""
    try:
        return asyncio.run(source.collect(server, validators))
    except Exception as error:
        return error


class _Server:
    """Stands in for the network; it knows its answers by heart and gives each an ETag."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers

    async def __call__(self, url: str, *, validators: Validators | None = None, **_: Any) -> Page:
        body = self._answers.get(url, self._answers.get(url.partition("?")[0]))
        if body is None:
            raise FetchError(f"the server says 404 Not Found for {url}", url, 404)
        if validators is not None and validators.etag == _ETAG:
            return Page(url, 304, {}, b"")
        return Page(url, 200, {"etag": _ETAG}, body)
