"""The contract that kinds of source keep to: the built-in ones do, and each way to break it is named."""

import json
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from digest import sources
from digest.sources.contract import faults_of
from digest.types import Fetch, Found, FoundArticle, Page, SourceContext, Validators

URL = "https://www.example.org/"
POST = {"id": 1, "link": f"{URL}a", "title": {"rendered": "A"}, "date_gmt": "2026-01-06T15:00:00"}
ANSWERS: dict[str, dict[str, bytes]] = {
    "feed": {URL: b"<rss version='2.0'><item><title>A</title><link>https://e.org/a</link></item></rss>"},
    "wordpress": {f"{URL}wp-json/wp/v2/posts": json.dumps([POST]).encode()},
    "calendar": {URL: b"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A\r\nDTSTART:20260201T183000Z\r\nEND:VEVENT\r\n"},
    "page": {URL: b"<html><h2><a href=/a>A</a></h2></html>", f"{URL}a": b"<html><h1>A</h1></html>"},
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_built_in_kinds_keep_to_it(kind: str) -> None:
    assert faults_of(sources.find(kind), {"url": URL}, ANSWERS[kind]) == []


def test_a_folder_keeps_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\nurl: https://e.org/a\n---\n")
    context = SourceContext(ZoneInfo("UTC"), tmp_path)
    assert faults_of(sources.find("folder"), {"path": "."}, {}, context) == []


class Kind:
    """One that keeps to it, and can be told not to."""

    kind: ClassVar[str] = "mine"
    article: ClassVar[FoundArticle] = FoundArticle("1", "A", f"{URL}a")

    class Settings(BaseModel):
        url: str

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._url = settings.url

    @classmethod
    def recognises(cls, page: Page) -> Any:
        return False

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        page = await fetch(self._url, validators=validators)
        if page.status == 304:
            return Found(validators=validators, unchanged=True)
        return Found((self.article,), validators=page.validators)


class SwallowsErrors(Kind):
    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        try:
            return await super().collect(fetch, validators)
        except Exception:
            return Found()


class Breaks(Kind):
    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        page = await fetch(self._url)
        return Found((self.article,)) if json.loads(page.body) == [7] else Found()


class Hesitates(Kind):
    @classmethod
    def recognises(cls, page: Page) -> Any:
        return None


@pytest.mark.parametrize(
    ("plug_in", "fault"),
    [
        (SwallowsErrors, "a server that answers nothing gives Found"),
        (Breaks, "nothing makes collect raise JSONDecodeError"),
        (Hesitates, "recognises gives None for nothing"),
        (type("K", (Kind,), {"kind": ""}), "it has no `kind`"),
        (type("K", (Kind,), {"article": FoundArticle("1", "A\nB", f"{URL}a")}), "no plain text on one line: 'A\\nB'"),
        (type("K", (Kind,), {"article": FoundArticle("1", "A", "/a")}), "no absolute http or https address: '/a'"),
        (type("K", (Kind,), {"article": FoundArticle("", "A", f"{URL}a")}), "it has no key"),
    ],
)
def test_what_is_broken_is_named(plug_in: type[Any], fault: str) -> None:
    assert faults_of(Kind, {"url": URL}, {URL: b"[7]"}) == []
    assert any(fault in one for one in faults_of(plug_in, {"url": URL}, {URL: b"[7]"}))
