"""Composes the digests of one edition. What all of them share is prepared once."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.blueprint import Blueprint, Place
from digest.compose import clean, folding, message
from digest.compose.marks import Marks
from digest.compose.mjml import compile_mjml
from digest.compose.rendering import Templates
from digest.compose.selection import Selection, select
from digest.compose.views import names
from digest.compose.wording import Wording, word
from digest.errors import ComposeError
from digest.types import Content, DigestKey

_LINKS = ("unsubscribe", "preferences")


class Composer:
    """Made once per edition. `nonce` is secret and fresh for the edition; `date` is aware and becomes the Date header.

    Raises ComposeError where a template is missing or wrong.
    """

    def __init__(self, content: Content, *, nonce: str, date: datetime) -> None:
        self._content = content
        self._nonce = nonce
        self._date = date
        self._marks = Marks(nonce, _LINKS)
        self._marks.refuse_in(content)
        self._templates = Templates("digest", content.templates, content.theme)
        self._wordings: dict[str, Wording] = {}
        self._links = {f"{name}_url": f"{content.web_url}/{name}/{self._marks.mark(name)}" for name in _LINKS}

    def subject(self, key: DigestKey) -> str:
        """The subject of one digest. Raises ComposeError where the digest has nothing to say."""
        return self._templates.subject(self._values(key, self._select(key)))

    def compose(self, key: DigestKey, view: str = "") -> Blueprint:
        """One digest; `view` names its page in the browser, where it gets one.

        Raises ComposeError where it has nothing to say, is too large, or where a template fails.
        """
        selection = self._select(key)
        values = self._values(key, selection)
        own = {"subject": self._templates.subject(values), "view_url": self._view_url(view), **self._links}
        html = self._html({**values, **own})
        while (size := message.size(html)) > folding.LIMIT:
            selection = self._fold(selection, size)
            values = self._values(key, selection)
            html = self._html({**values, **own})
        text = self._templates.text({**values, **own})
        self._marks.check(self._templates.text_name, text, text)
        return message.build(
            self._head(own["subject"]),
            self._marks.split(text, Place.TEXT),
            self._marks.split(html, Place.HTML),
            self._nonce,
        )

    def _view_url(self, view: str) -> str:
        return f"{self._content.web_url}/letters/{view}" if view else ""

    def _select(self, key: DigestKey) -> Selection:
        selection = select(self._content, key)
        if not (selection.lead or selection.events):
            raise ComposeError(f"nothing is new on {', '.join(key.topics) or 'no topic'}; such a reader gets no letter")
        return selection

    def _html(self, values: Mapping[str, object]) -> str:
        mjml = self._templates.mjml(values)
        html = compile_mjml(mjml, self._templates.html_name)
        self._marks.check(self._templates.html_name, mjml, html)
        return html

    def _fold(self, selection: Selection, size: int) -> Selection:
        folded = folding.fold(selection, size)
        if folded is None:
            raise ComposeError(
                f"the letter has {size} bytes of HTML without a single section, and Gmail hides what follows"
                f" {folding.LIMIT}; shorten the intro or the template {self._templates.html_name}"
            )
        return folded

    def _values(self, key: DigestKey, selection: Selection) -> dict[str, object]:
        """What subject.txt sees; the bodies see the rendered subject and the links besides."""
        wording = self._wording(key.language)
        titles = wording.titles(selection)
        return {
            **wording.values(selection),
            "titles": titles,
            "subject": clean.line(self._content.subject) or next(iter(titles), ""),
            "topics": names(topic for topic in self._content.topics if topic.slug in key.topics),
        }

    def _wording(self, language: str) -> Wording:
        if language not in self._wordings:
            self._wordings[language] = word(self._content, language)
        return self._wordings[language]

    def _head(self, subject: str) -> message.Head:
        content = self._content
        day = content.planned_at.astimezone(ZoneInfo(content.zone)).date().isoformat()
        return message.Head(
            content.sender,
            subject,
            self._date,
            feedback=(day, content.newsletter, "digest"),
            reply_to=content.reply_to,
            mailing_list=message.MailingList(
                content.newsletter, content.newsletter_name, content.web_url, content.unsubscribe_address
            ),
        )
