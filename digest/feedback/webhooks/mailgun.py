"""Mailgun: an HMAC over time and a token that comes once. The event itself is not signed."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SecretStr

from digest.feedback.report import Report, Verdict
from digest.feedback.webhooks import Event, ForgedError
from digest.feedback.webhooks.fields import bounce, notice, parse_object, text

_WINDOW = timedelta(minutes=15)
"""How far a request's time may be from ours."""


class MailgunSettings(BaseModel):
    """`signing_key` is the account's HTTP webhook signing key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signing_key: SecretStr


class MailgunWebhook:
    """The webhook of `kind: mailgun`."""

    kind: ClassVar[str] = "mailgun"
    Settings = MailgunSettings

    def __init__(self, settings: MailgunSettings) -> None:
        self._key = settings.signing_key.get_secret_value().encode()

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Event]:
        """The one event of a request. Raises ForgedError and ValueError."""
        request = parse_object(body)
        token = self._check(request, now)
        event = request.get("event-data")
        report = _report(event) if isinstance(event, dict) else None
        # Known by its token: whoever overheard a request cannot send it again with another event in it.
        return [Event(token, report)] if report else []

    def _check(self, request: Mapping[str, Any], now: datetime) -> str:
        timestamp, token = text(request, "signature", "timestamp"), text(request, "signature", "token")
        expected = hmac.new(self._key, f"{timestamp}{token}".encode(), "sha256").hexdigest()
        given = text(request, "signature", "signature")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise ForgedError("the signature is wrong")
        try:
            age = now - datetime.fromtimestamp(int(timestamp), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise ForgedError("the request has no time") from error
        if abs(age) > _WINDOW:
            raise ForgedError("the request is too old")
        return token


def _report(event: Mapping[str, Any]) -> Report | None:
    address, message_id = text(event, "recipient"), text(event, "message", "headers", "message-id")
    match text(event, "event"):
        case "failed":
            status = event.get("delivery-status")
            said = status if isinstance(status, dict) else {}
            words = f"{text(said, 'code')} {text(said, 'message') or text(said, 'description')}".strip()
            hard = text(event, "severity") == "permanent" and text(event, "reason") in ("bounce", "suppress-bounce")
            return bounce(address, words, hard=hard, status=text(said, "enhanced-code"), message_id=message_id)
        case "complained":
            return notice(Verdict.COMPLAINT, address, "complained", message_id=message_id)
        case "unsubscribed":
            return notice(Verdict.UNSUBSCRIBE, address, "unsubscribed", message_id=message_id)
    return None
