"""What is composed: the content of an edition, and what tells its digests apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.types.found import Kind, Person


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
