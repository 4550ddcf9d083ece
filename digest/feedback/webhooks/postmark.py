"""Postmark: basic authentication in the address of the webhook; bounces, spam complaints, subscription changes."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SecretStr

from digest.feedback.report import Report, Verdict
from digest.feedback.webhooks import Event, ForgedError
from digest.feedback.webhooks.fields import bounce, notice, parse_object, text

_HARD = frozenset({"HardBounce", "BadEmailAddress"})
_NOT_FAILED = frozenset({"AutoResponder", "Subscribe", "OpenRelayTest", "ChallengeVerification", "AddressChange"})


class PostmarkSettings(BaseModel):
    """What the address given to Postmark holds: `https://username:password@…/webhooks/postmark`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str
    password: SecretStr


class PostmarkWebhook:
    """The webhook of `kind: postmark`."""

    kind: ClassVar[str] = "postmark"
    Settings = PostmarkSettings

    def __init__(self, settings: PostmarkSettings) -> None:
        pair = f"{settings.username}:{settings.password.get_secret_value()}"
        self._expected = b"Basic " + base64.b64encode(pair.encode())

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Event]:
        """The one event of a request. Raises ForgedError and ValueError."""
        given = headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._expected):
            raise ForgedError("the password is wrong")
        event = parse_object(body)
        report = _report(event)
        # A change of the subscription has no number of its own.
        key = text(event, "ID") or f"{text(event, 'MessageID')} {text(event, 'ChangedAt')}"
        return [Event(f"{text(event, 'RecordType')} {key}", report)] if report else []


def _report(event: Mapping[str, Any]) -> Report | None:
    address = text(event, "Email") or text(event, "Recipient")
    match text(event, "RecordType"):
        case "Bounce":
            kind = text(event, "Type")
            if kind == "SpamComplaint":
                return notice(Verdict.COMPLAINT, address, kind)
            if kind == "Unsubscribe":
                return notice(Verdict.UNSUBSCRIBE, address, kind)
            words = text(event, "Details") or text(event, "Description")
            return None if kind in _NOT_FAILED else bounce(address, words, hard=kind in _HARD)
        case "SpamComplaint":
            return notice(Verdict.COMPLAINT, address, "SpamComplaint")
        case "SubscriptionChange":
            left = event.get("SuppressSending") is True and text(event, "SuppressionReason") == "ManualSuppression"
            return notice(Verdict.UNSUBSCRIBE, address, "ManualSuppression") if left else None
    return None
