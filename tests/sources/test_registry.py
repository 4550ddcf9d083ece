"""How a kind of source is found."""

from importlib.metadata import EntryPoint

import pytest
from pydantic import ValidationError

from digest import sources
from digest.errors import SourceError


@pytest.mark.parametrize("kind", sources.BUILT_IN)
def test_built_in_source_names_its_kind(kind: str) -> None:
    assert sources.find(kind).kind == kind


def test_plug_in_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("mine", "digest.sources.feed:FeedSource", "digest.sources")
    monkeypatch.setattr(sources, "entry_points", lambda **_: [point])
    assert sources.kinds() == ["feed", "wordpress", "calendar", "folder", "page", "mine"]
    assert sources.find("mine").kind == "feed"


def test_unknown_kind_names_the_known() -> None:
    with pytest.raises(SourceError, match="no source of kind 'fax'; there are feed, wordpress, calendar, folder, page"):
        sources.find("fax")


@pytest.mark.parametrize("kind", ["feed", "wordpress", "calendar", "page"])
@pytest.mark.parametrize("values", [{"url": "ftp://e.org/"}, {"url": "https://e.org/", "more": 1}, {}])
def test_settings_are_strict(kind: str, values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        sources.find(kind).Settings.model_validate(values)
