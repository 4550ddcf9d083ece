"""Composes the digests of one edition. What all of them share is prepared once."""

from datetime import datetime

from digest.blueprint import Blueprint, Place
from digest.compose import clean, message
from digest.compose.dates import long_date
from digest.compose.marks import LINKS, Marks
from digest.compose.mjml import compile_mjml
from digest.compose.rendering import Templates
from digest.compose.selection import Item, Selection, select
from digest.compose.views import ItemView, SectionView, article_view, event_view, names
from digest.errors import ComposeError
from digest.types import Content, DigestKey


class Composer:
    """Made once per edition. `nonce` is secret and fresh for the edition; `date` is aware and becomes the Date header.

    Raises ComposeError where a template is missing or wrong.
    """

    def __init__(self, content: Content, *, nonce: str, date: datetime) -> None:
        self._content = content
        self._nonce = nonce
        self._date = date
        self._marks = Marks(nonce)
        self._marks.refuse_in(content)
        self._templates = Templates("digest", content.templates)
        self._articles = {article.id: article_view(article, content.zone) for article in content.articles}
        self._events = {event.id: event_view(event) for event in content.events}
        self._list = message.MailingList(content.newsletter, content.newsletter_name, content.web_url)
        self._links = {f"{name}_url": f"{content.web_url}/{name}/{self._marks.mark(name)}" for name in LINKS}
        self._shared = {
            "brand": clean.brand(content.brand),
            "newsletter": clean.line(content.newsletter_name),
            "date": long_date(content.planned_at, content.zone),
            "intro": clean.paragraphs(content.intro),
        }

    def subject(self, key: DigestKey) -> str:
        """The subject of one digest. Raises ComposeError where the digest has nothing to say."""
        return self._templates.subject(self._values(key))

    def compose(self, key: DigestKey) -> Blueprint:
        """One digest. Raises ComposeError where it has nothing to say, or where a template fails."""
        values = self._values(key)
        subject = self._templates.subject(values)
        values = {**values, "subject": subject, **self._links}
        mjml, text = self._templates.mjml(values), self._templates.text(values)
        html = compile_mjml(mjml, self._templates.html_name)
        self._marks.check(self._templates.html_name, mjml, html)
        self._marks.check(self._templates.text_name, text, text)
        return message.build(
            message.Head(self._content.sender, subject, self._date, self._list),
            self._marks.split(text, Place.TEXT),
            self._marks.split(html, Place.HTML),
            self._nonce,
        )

    def _values(self, key: DigestKey) -> dict[str, object]:
        """What subject.txt sees; the bodies see the rendered subject and the links besides."""
        selection = select(self._content, key)
        events = [self._events[event.id] for event in selection.events]
        titles = [self._articles[item.article.id].title for item in selection.items] + [event.title for event in events]
        if not titles:
            raise ComposeError(f"nothing is new on {', '.join(key.topics) or 'no topic'}; such a reader gets no letter")
        return {
            **self._shared,
            "language": key.language,
            "subject": clean.line(self._content.subject) or titles[0],
            "titles": titles,
            "lead": self._item(selection.lead, under=0) if selection.lead else None,
            "sections": self._sections(selection),
            "events": events,
            "topics": names(topic for topic in self._content.topics if topic.slug in key.topics),
        }

    def _sections(self, selection: Selection) -> list[SectionView]:
        return [
            SectionView(clean.line(section.topic.name), tuple(self._item(item, under=1) for item in section.items))
            for section in selection.sections
        ]

    def _item(self, item: Item, *, under: int) -> ItemView:
        """`under`: how many topics the heading above it already names."""
        return ItemView(self._articles[item.article.id], names(item.reason) if len(item.reason) > under else "")
