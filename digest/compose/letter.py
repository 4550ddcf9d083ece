"""Letters outside editions: to staff when a draft is ready, to ops when something needs them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from digest.blueprint import Blueprint
from digest.compose import clean, message
from digest.compose.mjml import compile_mjml
from digest.compose.rendering import Templates
from digest.types import Brand


def compose_letter(
    name: str,
    values: Mapping[str, object],
    *,
    templates: Mapping[str, str],
    sender: str,
    brand: Brand,
    web_url: str,
    date: datetime,
    nonce: str,
) -> Blueprint:
    """The letter whose templates lie under `email/<name>/`, with the slots `to` and `message_id`.

    `values` are strings, numbers or lists of strings; `date` is aware. Raises ComposeError where a template is missing
    or wrong, or lacks a value.
    """
    own = Templates(name, templates)
    shared = {"brand": clean.brand(brand), "web_url": web_url, "language": "en"}
    seen = {**shared, **{key: _clean(value) for key, value in values.items()}}
    subject = own.subject(seen)
    seen["subject"] = subject
    html = compile_mjml(own.mjml(seen), own.html_name)
    return message.build(message.Head(sender, subject, date), [own.text(seen)], [html], nonce)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return clean.text(value)
    if isinstance(value, Sequence):
        return [_clean(entry) for entry in value]
    return value
