"""What templates see of articles and events: finished strings, cleaned, in the words of the letter."""

from collections.abc import Iterable
from dataclasses import dataclass

from digest.compose import clean
from digest.compose.dates import long_date, moment
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
}


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article in a letter."""

    title: str
    url: str
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


@dataclass(frozen=True, slots=True)
class SectionView:
    """A topic's name and what stands under it."""

    topic: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """An event in a letter. `when` is in the zone it was announced in."""

    title: str
    url: str
    label: str
    when: str
    place: str
    excerpt: str


def article_view(article: Article, zone: str) -> ArticleView:
    """An article's strings; its date as in the IANA zone of the newsletter."""
    outlet = clean.line(article.outlet)
    return ArticleView(
        title=clean.line(article.title),
        url=clean.line(article.url),
        label=_dotted(_KINDS[article.kind], outlet, _people("Featuring", "featuring", article.people)),
        byline=_dotted(_people("By", "by", article.people), long_date(article.published_at, zone)),
        excerpt=clean.excerpt(article.excerpt),
        outlet=outlet,
        outlet_url=clean.line(article.outlet_url),
    )


def event_view(event: Event) -> EventView:
    """An event's strings."""
    mode = clean.line(event.mode)
    return EventView(
        title=clean.line(event.title),
        url=clean.line(event.url),
        label=_dotted("Event", mode[:1].upper() + mode[1:]),
        when=moment(event.starts_at, event.zone),
        place=clean.line(event.place),
        excerpt=clean.excerpt(event.excerpt),
    )


def names(topics: Iterable[Topic]) -> str:
    """Topics in a row: `Asia, Alliances`."""
    return ", ".join(clean.line(topic.name) for topic in topics)


def _people(word: str, role: str, people: Iterable[Person]) -> str:
    chosen = [clean.line(person.name) for person in people if person.role == role]
    if not chosen:
        return ""
    *firsts, last = chosen
    return f"{word} {', '.join(firsts)} and {last}" if firsts else f"{word} {last}"


def _dotted(*parts: str) -> str:
    return " · ".join(filter(None, parts))
