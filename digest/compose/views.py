"""What templates see of articles and events: finished strings, cleaned, in the words and the language of the letter."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.compose import clean
from digest.compose.dates import long_date, span
from digest.compose.language import Language
from digest.types import Article, Event, Kind, Person, Topic

# A plain article needs no label: a letter is full of them.
_KINDS = {
    Kind.ARTICLE: "",
    Kind.OP_ED: "Op-ed",
    Kind.IN_THE_MEDIA: "In the media",
    Kind.PRESS_RELEASE: "Press release",
    Kind.RESEARCH: "Research",
    Kind.EXPLAINER: "Explainer",
    Kind.Q_AND_A: "Q&A",
    Kind.EVENT: "Event",
}
_MODES = {"virtual": "Virtual", "in person": "In person", "in-person": "In person", "hybrid": "Hybrid"}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link and the words it stands on."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article in a letter."""

    title: str
    url: str
    kind: str
    """`op-ed`, `in-the-media`: the words of `digest.types.Kind`, for templates that choose by it."""
    label: str
    """`Op-ed · Lowy Institute`, `In the media · Featuring Lyle Goldstein`, or empty."""
    byline: str
    """`By Lyle Goldstein · January 6, 2026`."""
    excerpt: str
    outlet: str
    outlet_url: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An article in one reader's digest."""

    article: ArticleView
    reason: str
    """All her topics it has, `China, Asia`; empty where the heading it stands under says as much."""
    also: tuple[LinkView, ...]
    """The same story at other outlets."""


@dataclass(frozen=True, slots=True)
class SectionView:
    """A topic's name and what stands under it. `more` items had no room; they are on the page at `url`."""

    topic: str
    url: str
    items: tuple[ItemView, ...]
    more: int


@dataclass(frozen=True, slots=True)
class EventView:
    """An event in a letter. `when` is in the zone it was announced in; `calendar_url` leads to its .ics."""

    title: str
    url: str
    label: str
    when: str
    place: str
    excerpt: str
    calendar_url: str


def article_view(article: Article, zone: str, language: Language) -> ArticleView:
    """An article's strings; its date as in the IANA zone of the newsletter."""
    outlet = clean.label(article.outlet)
    kind = language.say(_KINDS[article.kind]) if _KINDS[article.kind] else ""
    date = long_date(article.published_at, zone, language.code)
    return ArticleView(
        title=clean.title(article.title),
        url=clean.line(article.url),
        kind=article.kind.value,
        label=_dotted(kind, outlet, _people("Featuring %(names)s", "featuring", article.people, language)),
        byline=_dotted(_people("By %(names)s", "by", article.people, language), date),
        excerpt=clean.excerpt(article.excerpt),
        outlet=outlet,
        outlet_url=clean.line(article.outlet_url),
    )


def other_outlet(article: ArticleView) -> LinkView:
    """Where else a story stands: the outlet's name, or else the host it is on."""
    return LinkView(article.outlet or clean.label(urlsplit(article.url).hostname or article.url), article.url)


def event_view(event: Event, web_url: str, language: Language) -> EventView:
    """An event's strings. Its .ics lies below `web_url`."""
    mode = clean.label(event.mode)
    known = _MODES.get(mode.lower())
    return EventView(
        title=clean.title(event.title),
        url=clean.line(event.url),
        label=_dotted(language.say("Event"), language.say(known) if known else mode[:1].upper() + mode[1:]),
        when=span(event.starts_at, event.ends_at, event.zone, language.code),
        place=clean.title(event.place),
        excerpt=clean.excerpt(event.excerpt),
        calendar_url=f"{web_url}/events/{event.id}.ics",
    )


def names(topics: Iterable[Topic]) -> str:
    """Topics in a row: `Asia, Alliances`."""
    return ", ".join(clean.line(topic.name) for topic in topics)


def _people(words: str, role: str, people: Iterable[Person], language: Language) -> str:
    chosen = [clean.label(person.name) for person in people if person.role == role]
    if not chosen:
        return ""
    *firsts, last = chosen
    named = language.say("%(names)s and %(last)s", names=", ".join(firsts), last=last) if firsts else last
    return clean.title(language.say(words, names=named))


def _dotted(*parts: str) -> str:
    return " · ".join(filter(None, parts))
