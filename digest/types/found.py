"""What a source found, and what it may use to find it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from digest.types.clock import Clock


class Kind(StrEnum):
    """What an article is; a quiet label in the letter."""

    ARTICLE = "article"
    OP_ED = "op-ed"
    IN_THE_MEDIA = "in-the-media"
    PRESS_RELEASE = "press-release"
    RESEARCH = "research"
    EXPLAINER = "explainer"
    Q_AND_A = "q-and-a"
    EVENT = "event"
    """An article that announces an event without saying when in a form that can be read."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody an article is by, or who is featured in it."""

    name: str
    role: Literal["by", "featuring"] = "by"


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article as its source gives it: plain text, no markup, no control characters, absolute http(s) links."""

    key: str
    """What the source itself calls it: its guid, else its link, else a hash of its title."""
    title: str
    url: str
    published_at: datetime | None = None
    kind: Kind = Kind.ARTICLE
    outlet: str = ""
    outlet_url: str = ""
    people: tuple[Person, ...] = ()
    excerpt: str = ""
    image_url: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Labels that the source itself calls tags; of what it does not tell apart, all are categories."""
    language: str = ""
    """As the source declares it (BCP 47): `en`, `pt-BR`; empty: it does not."""


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event as its source gives it. `zone` is the IANA name of the time zone it is announced in."""

    key: str
    title: str
    url: str
    starts_at: datetime
    ends_at: datetime | None = None
    zone: str = "UTC"
    mode: str = ""
    place: str = ""
    excerpt: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server wants to see again in a conditional request (RFC 9110, section 13.1)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one visit to a source gave. `problems` name single items that were passed over, in words."""

    articles: tuple[FoundArticle, ...] = ()
    events: tuple[FoundEvent, ...] = ()
    validators: Validators = Validators()
    unchanged: bool = False
    problems: tuple[str, ...] = ()
    present: frozenset[str] | None = None
    """The keys of all that the source has now, so that what it had before and is not among them was withdrawn.

    None: nobody knows, as with a feed, which old items leave by themselves.
    """
    gone: frozenset[str] = frozenset()
    """The keys of what the source says outright is gone (404, 410)."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered. `url` is the address after redirects; header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str = ""
    """Where the server says that the address has moved for good; empty: it has not."""

    @property
    def validators(self) -> Validators:
        """What to send along next time."""
        return Validators(self.headers.get("etag", ""), self.headers.get("last-modified", ""))


class Fetch(Protocol):
    """Gets one page. Statuses below 400 and those in `accept` come back as a page; all else raises FetchError."""

    async def __call__(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        accept: Sequence[int] = (),
        robots: bool = False,
        login: tuple[str, str] | None = None,
    ) -> Page:
        """Ask for `url`, conditionally where `validators` are known.

        `robots`: only if the site's robots.txt allows it; for pages that no person has named in config.yaml. `login`:
        a name and a password (RFC 7617), which a redirect to another origin does not get.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source may know of its surroundings."""

    zone: ZoneInfo
    """`site.timezone`: a date without a time means noon here."""
    folder: Path
    """The folder of config.yaml; relative paths count from it."""
    clock: Clock = lambda: datetime.now(UTC)
    """For what depends on the day, as the dates of what happens every week."""


class Source(Protocol):
    """Where articles come from. A plug-in: one file that names its `kind`, registered under `digest.sources`.

    The class carries `kind: ClassVar[str]` and a pydantic model `Settings` for its keys in config.yaml, and is made
    with `(settings, context)`. Its classmethod `recognises(page)` tells whether a page looks like its own.
    """

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Ask the source once. Raises SourceError where nothing at all can be read."""
        ...


@dataclass(frozen=True, slots=True)
class SetUpSource:
    """A source as config.yaml sets it up."""

    source: Source
    address: str
    """Its `url` or `path`; with another one it is a source that nothing is known of. Empty: its kind has none."""
    allow_private: bool = False
    """Whether it may be asked at a private address."""
    first_collection: int = 500
    """How many articles of its first collection, the newest, are news."""


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source whose turn it is."""

    name: str
    source: Source
    validators: Validators = Validators()


@dataclass(frozen=True, slots=True)
class Visit:
    """How one visit to a source went: `found`, or else `error` in words."""

    name: str
    found: Found | None
    error: str = ""
    status: int | None = None
    """The HTTP status that stopped it; None where it was none."""
    retry_after: timedelta | None = None
    """How long its server wants to be left alone."""
    moved_to: str = ""
    """Where its address has moved for good; empty: it has not."""
