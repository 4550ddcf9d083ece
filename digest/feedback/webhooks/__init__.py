"""What providers report by webhook: one small file each, which checks that it is theirs by their own means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar, Protocol, cast

from pydantic import BaseModel

from digest.feedback.report import Report

BUILT_IN = {
    "sns": "digest.feedback.webhooks.sns:SnsWebhook",
    "sendgrid": "digest.feedback.webhooks.sendgrid:SendgridWebhook",
    "mailgun": "digest.feedback.webhooks.mailgun:MailgunWebhook",
    "postmark": "digest.feedback.webhooks.postmark:PostmarkWebhook",
}


class ForgedError(Exception):
    """A request is not the provider's: its signature or password is wrong, missing or too old."""


@dataclass(frozen=True, slots=True)
class Event:
    """One report with what tells it apart: the provider's own number of it."""

    key: str
    report: Report


class Webhook(Protocol):
    """A provider's reports."""

    kind: ClassVar[str]

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Event]:
        """What a request reports; `headers` by lower-case name. Raises ForgedError, and ValueError for other nonsense.

        Events that say nothing about our mail are left out.
        """
        ...


class WebhookClass(Protocol):
    """What a kind offers: the model of its keys in config.yaml, and how it is made."""

    kind: ClassVar[str]
    Settings: type[BaseModel]

    def __call__(self, settings: Any) -> Webhook:
        """A webhook from its settings."""
        ...


def find(kind: str) -> WebhookClass:
    """The class of one kind of webhook, imported only now. Raises KeyError for one that there is not."""
    module, _, name = BUILT_IN[kind].partition(":")
    return cast(WebhookClass, getattr(import_module(module), name))
