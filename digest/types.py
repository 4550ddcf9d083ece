"""The values that travel between the stages. They are frozen, and every time is an aware UTC datetime."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present moment as an aware UTC datetime; tests and the demo set it."""


# ── what a source found ─────────────────────────────────────────────────────────────────────────────────────────────


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


# ── what is composed ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Traits:
    """What the rules of topics look at in an article or event."""

    title: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Their names, whether it is by them or features them."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic on offer, in the order of config.yaml."""

    slug: str
    name: str
    group: str = ""
    url: str = ""
    """Its page on the site; empty: the site's own address stands in."""
    minimum: int = 1
    """How many new articles it takes; fewer roll over to the next edition."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article as an edition carries it. `topics` are slugs on offer, in the order of config.yaml."""

    id: int
    title: str
    url: str
    published_at: datetime
    first_seen_at: datetime
    kind: Kind = Kind.ARTICLE
    outlet: str = ""
    outlet_url: str = ""
    people: tuple[Person, ...] = ()
    excerpt: str = ""
    image_url: str = ""
    topics: tuple[str, ...] = ()
    same_as: int | None = None
    """The id of the article whose story another outlet tells here under nearly the same title."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as an edition carries it."""

    id: int
    title: str
    url: str
    starts_at: datetime
    first_seen_at: datetime
    ends_at: datetime | None = None
    zone: str = "UTC"
    mode: str = ""
    place: str = ""
    excerpt: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture for the masthead. Width and height are those it is shown at, in CSS pixels."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Brand:
    """Who the letter is from, as the reader sees it. A colour (`#7b1e28`) or font left empty is the theme's own."""

    name: str
    tagline: str
    url: str
    postal_address: str
    accent: str = ""
    accent_dark: str = ""
    """The accent on dark paper."""
    serif: str = ""
    """Fonts of headlines, best first: `Georgia, 'Times New Roman', serif`."""
    sans: str = ""
    """Fonts of everything else."""
    logo: Logo | None = None
    sign_off: str = ""
    """What stands below the last item: paragraphs separated by blank lines."""


@dataclass(frozen=True, slots=True)
class Content:
    """All that an edition says: what approval seals. `articles` and `events` are in the order of the letter."""

    newsletter: str
    """The newsletter's key in config.yaml; part of its List-Id."""
    newsletter_name: str
    sender: str
    """The From header: `Name <address>`."""
    brand: Brand
    web_url: str
    """Where our own links lead, without a slash at the end."""
    zone: str
    """The newsletter's IANA time zone; dates are printed in it."""
    planned_at: datetime
    topics: tuple[Topic, ...]
    articles: tuple[Article, ...]
    events: tuple[Event, ...] = ()
    subject: str = ""
    """Set by staff; empty: the lead article's title makes it."""
    intro: str = ""
    """Staff's own words above the articles: paragraphs separated by blank lines."""
    lead: int | None = None
    """The id of the article that stands first; None: the first one the reader follows."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """The letter's template files by name, as they were when it was sealed."""
    theme: str = ""
    """A folder below templates/email/themes whose files go before those of the same name; empty: the plain look."""
    reply_to: str = ""
    """The Reply-To header: `Name <address>`; empty: answers go to the sender."""
    language: str = "en"
    """The language of its fixed words."""
    unsubscribe_address: str = ""
    """Where a mail with `{token}` filled in unsubscribes; empty: nobody would read it."""


@dataclass(frozen=True, slots=True)
class DigestKey:
    """What tells one digest of an edition from another."""

    topics: tuple[str, ...]
    """Her topics that have news in this edition, as slugs in the order of config.yaml."""
    since: datetime | None
    """Where her window starts: what was first seen after it is news to her. None: no lower bound."""
    language: str = "en"
    before: tuple[int, ...] = ()
    """The ids of articles that were held back from her letters before, and are news in this one; ascending."""
    held: tuple[int, ...] = ()
    """The ids of articles that are new to her and held back, for there is too little on their topics; ascending."""


# ── what is delivered ───────────────────────────────────────────────────────────────────────────────────────────────


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    LEFT_OUT = "left_out"


class Stage(StrEnum):
    """The step of an SMTP dialogue that a reply answers (RFC 5321, section 4.3.2)."""

    CONNECT = "connect"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    """The reply to the dot that ends the message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said, in its own words. `code` is None where the connection broke before an answer."""

    stage: Stage
    code: int | None
    text: str = ""
    enhanced: str = ""
    """The enhanced status code, `5.1.1` (RFC 3463); empty where the server gave none."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one address, line ends CRLF."""

    delivery_id: int
    mail_from: str
    recipient: str
    message: bytes
    envid: str = ""
    """What a notification about it names it by (RFC 3461, section 4.4); empty: none is asked for."""
    stuffed: bytes = b""
    """The message as SMTP wants it, its dots stuffed (RFC 5321, section 4.5.2); empty: not made yet."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender holds."""

    delivery_id: int
    blueprint_id: int
    address: str
    slots: Mapping[str, str]
    """Values for the blueprint's slots: `to`, `message_id`, and the tokens that this row keeps."""
    tries: int = 0
    first_tried_at: datetime | None = None
    wait: float = 0.0
    """Seconds after the claim before which it may not begin: its receiving domain's rate."""

    @property
    def domain(self) -> str:
        """The receiving domain, lower-case: the lane this delivery travels in."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Finished:
    """How one try of one delivery ended, and what becomes of the delivery."""

    delivery_id: int
    state: State
    relay: str
    reply: Reply
    started_at: datetime
    finished_at: datetime
    next_try_at: datetime | None = None
    reason: str = ""
    counts: bool = True
    """False where the try failed for no fault of this delivery, as when the relay was down: it is not used up."""


class Ledger(Protocol):
    """The record as the delivery engine sees it. Every call is one short transaction."""

    @property
    def inline(self) -> bool:
        """Whether a call is so quick that it may be made in the event loop; otherwise make it in a thread."""
        ...

    def claim(self, limit: int) -> Sequence[Claimed]:
        """Hold up to `limit` due deliveries, in digest order. Empty: nothing is due that may go out now."""
        ...

    def turn(self, finished: Sequence[Finished], begin: Sequence[int]) -> frozenset[int]:
        """Write outcomes and move `begin` from claimed to sending, in one commit; return those that may go out.

        Raises OwnershipLostError where another sender holds what this one finished.
        """
        ...

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed and not begun."""
        ...

    def blueprint(self, blueprint_id: int) -> bytes:
        """The stored form of a blueprint."""
        ...

    def rest(self, lane: str, until: datetime, reason: str) -> None:
        """Send nothing to this lane (`domain:example.com`) before `until`."""
        ...

    def reserve(self, lane: str, per_second: float, count: int) -> float:
        """Plan `count` letters in a row on a lane (`relay:host:port`); how many seconds the first one must wait."""
        ...


class Connection(Protocol):
    """One open session with a mail server."""

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        """Offer one message; the reply that decides. Never raises for what the server says or fails to say.

        `following` is the one that comes next on this session: it may be announced already, yet nothing of it may be
        delivered before it is sent in its turn. Where it does not come, the session is closed.
        """
        ...

    async def close(self) -> None:
        """End the session politely."""
        ...

    @property
    def usable(self) -> bool:
        """Whether another message may be offered."""
        ...


class Relay(Protocol):
    """One mail server that takes letters."""

    name: str
    """How attempts name it: `smtp.example.org:587`."""
    weight: int
    """Its share of the connections, beside those of the other relays."""

    async def connect(self) -> Connection | Reply:
        """Open a session, or return the reply that refused it."""
        ...


class Sender(Protocol):
    """How letters leave. A plug-in: one file that names its `kind`, registered under `digest.senders`.

    The class carries `kind: ClassVar[str]` and a pydantic model `Settings` for its keys in config.yaml, and is made
    with `(settings, folder)`, the folder of config.yaml.
    """

    connections: int
    """How many sessions may be open at once, to all relays together."""

    @property
    def relays(self) -> Sequence[Relay]:
        """Where it hands letters over; one that is in trouble is rested, and the others take its letters."""
        ...
