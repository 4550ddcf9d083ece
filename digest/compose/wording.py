"""What all digests of an edition share in one language, made once: articles and events in words, and the frame."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.compose import clean
from digest.compose.dates import long_date
from digest.compose.language import Language, language
from digest.compose.selection import Item, Section, Selection
from digest.compose.views import (
    ArticleView,
    EventView,
    ItemView,
    SectionView,
    article_view,
    event_view,
    names,
    other_outlet,
)
from digest.types import Brand, Content


@dataclass(frozen=True, slots=True)
class Wording:
    """An edition in the words of one language."""

    articles: Mapping[int, ArticleView]
    events: Mapping[int, EventView]
    frame: Mapping[str, object]
    """What templates see in every digest."""

    def titles(self, selection: Selection) -> list[str]:
        """All titles of one digest in the order of the letter."""
        articles = [self.articles[item.article.id].title for item in selection.items]
        return articles + [self.events[event.id].title for event in selection.events]

    def values(self, selection: Selection) -> dict[str, object]:
        """What templates see of one digest."""
        return {
            **self.frame,
            "lead": self._item(selection.lead, under=0) if selection.lead else None,
            "sections": [self._section(section) for section in selection.sections],
            "events": [self.events[event.id] for event in selection.events],
            "more_events": selection.more_events,
        }

    def _section(self, section: Section) -> SectionView:
        return SectionView(
            clean.line(section.topic.name),
            clean.line(section.topic.url) or str(self.frame["site_url"]),
            tuple(self._item(item, under=1) for item in section.items),
            section.more,
        )

    def _item(self, item: Item, *, under: int) -> ItemView:
        """`under`: how many topics the heading above it already names."""
        return ItemView(
            self.articles[item.article.id],
            names(item.reason) if len(item.reason) > under else "",
            tuple(other_outlet(self.articles[article.id]) for article in item.also),
        )


def word(content: Content, code: str) -> Wording:
    """An edition in the language nearest to `code`."""
    spoken = language(code)
    return Wording(
        {article.id: article_view(article, content.zone, spoken) for article in content.articles},
        {event.id: event_view(event, content.web_url, spoken) for event in content.events},
        {
            **frame(content.brand, spoken),
            "newsletter": clean.line(content.newsletter_name),
            "date": long_date(content.planned_at, content.zone, spoken.code),
            "intro": clean.paragraphs(content.intro),
        },
    )


def frame(brand: Brand, spoken: Language) -> dict[str, object]:
    """What templates of every letter see: the brand, the language, and `_`, which says fixed words in it."""
    return {
        "brand": clean.brand(brand),
        "site_url": clean.line(brand.url),
        "sign_off": clean.paragraphs(brand.sign_off),
        "language": spoken.code,
        "direction": spoken.direction,
        "_": spoken.say,
    }
