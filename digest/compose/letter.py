"""Letters outside editions: to subscribers about their subscription, to staff and ops about what needs them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from digest.blueprint import Blueprint, Place
from digest.compose import clean, message
from digest.compose.language import language as spoken
from digest.compose.marks import Marks
from digest.compose.mjml import compile_mjml
from digest.compose.rendering import Templates
from digest.compose.wording import frame as shared
from digest.types import Content

LINKS: Mapping[str, tuple[str, ...]] = {
    "confirm": ("confirm",),
    "welcome": ("preferences", "unsubscribe"),
    "preferences-link": ("account",),
    "new-address": ("address",),
    "goodbye": ("subscribe",),
}
"""The links of each letter to a subscriber, each a slot too: `{web_url}/confirm/<token>`. Other letters have none.

The one of `goodbye` names the newsletter, whose page it leads to."""


def compose_letter(
    name: str,
    values: Mapping[str, object],
    frame: Content,
    *,
    templates: Mapping[str, str],
    date: datetime,
    nonce: str,
    language: str = "",
) -> Blueprint:
    """The letter whose templates lie under `email/<name>/`, with the slots `to`, `message_id` and those of its links.

    Who writes, and how it looks, is said by the `frame` of a newsletter; `language` is its own where none is given.
    `values` are strings, numbers or lists of strings; `date` is aware. Raises ComposeError where a template is missing
    or wrong, or lacks a value.
    """
    marks = Marks(nonce, LINKS.get(name, ()))
    marks.refuse_in(values)
    own = Templates(name, templates, frame.theme)
    cleaned = {key: _clean(value) for key, value in values.items()}
    seen = {**shared(frame.brand, spoken(language or frame.language)), "web_url": frame.web_url, **cleaned}
    subject = own.subject(seen)
    seen["subject"] = subject
    seen |= {f"{link}_url": f"{frame.web_url}/{link}/{marks.mark(link)}" for link in LINKS.get(name, ())}
    mjml, text = own.mjml(seen), own.text(seen)
    html = compile_mjml(mjml, own.html_name)
    marks.check(own.html_name, mjml, html)
    marks.check(own.text_name, text, text)
    head = message.Head(frame.sender, subject, date, feedback=(name, "letter"), reply_to=frame.reply_to)
    return message.build(head, marks.split(text, Place.TEXT), marks.split(html, Place.HTML), nonce)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return clean.text(value)
    if isinstance(value, Sequence):
        return [_clean(entry) for entry in value]
    return value
