"""Where articles come from. A new source is one new file: listed here, or an entry point of the group `digest.sources`.

A plug-in sees digest.types and digest.errors; `Source` in digest.types says what it must offer.
"""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from digest.errors import SourceError

# In the order in which they are asked whether a page is theirs: any HTML is a page to the last.
BUILT_IN = {
    "feed": "digest.sources.feed:FeedSource",
    "wordpress": "digest.sources.wordpress:WordPressSource",
    "calendar": "digest.sources.calendar:CalendarSource",
    "folder": "digest.sources.folder:FolderSource",
    "page": "digest.sources.page:PageSource",
}


def kinds() -> list[str]:
    """Every kind of source there is, built-in ones first."""
    return list(dict.fromkeys([*BUILT_IN, *(point.name for point in entry_points(group="digest.sources"))]))


def find(kind: str) -> type[Any]:
    """The class of a kind of source. Raises SourceError where there is none."""
    if kind in BUILT_IN:
        module, _, name = BUILT_IN[kind].partition(":")
        return getattr(import_module(module), name)  # type: ignore[no-any-return]
    for point in entry_points(group="digest.sources", name=kind):
        return point.load()  # type: ignore[no-any-return]
    raise SourceError(f"there is no source of kind {kind!r}; there are {', '.join(kinds())}")
