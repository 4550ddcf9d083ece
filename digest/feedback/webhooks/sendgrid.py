"""SendGrid: ECDSA over the time and the body as it came; a request holds many events."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import BaseModel, ConfigDict, PrivateAttr

from digest.feedback.report import Report, Verdict
from digest.feedback.webhooks import Event, ForgedError
from digest.feedback.webhooks.fields import bounce, notice, text

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


class SendgridSettings(BaseModel):
    """`public_key` is the verification key of the signed event webhook, as SendGrid shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    public_key: str
    _key: EllipticCurvePublicKey = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        """Read the key once. Raises ValueError for text that is none."""
        try:
            key = load_der_public_key(b64decode(self.public_key, validate=True))
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, EllipticCurvePublicKey):
            raise ValueError("wants the verification key that SendGrid shows, one line of base64")  # noqa: TRY004
        self._key = key

    @property
    def key(self) -> EllipticCurvePublicKey:
        """The key, ready to verify."""
        return self._key


class SendgridWebhook:
    """The webhook of `kind: sendgrid`."""

    kind: ClassVar[str] = "sendgrid"
    Settings = SendgridSettings

    def __init__(self, settings: SendgridSettings) -> None:
        self._key = settings.key

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Event]:
        """The events of a request. Raises ForgedError and ValueError."""
        try:
            signature = b64decode(headers.get(_SIGNATURE, ""), validate=True)
            signed = headers.get(_TIMESTAMP, "").encode("utf-8", "replace") + body
            self._key.verify(signature, signed, ECDSA(SHA256()))
        except (InvalidSignature, ValueError) as error:
            raise ForgedError("the signature is wrong") from error
        try:
            events = json.loads(body)
        except RecursionError as error:
            raise ValueError("no JSON") from error
        if not isinstance(events, list):
            raise ValueError("no list of events")  # noqa: TRY004 - ValueError is what the protocol promises
        read = [(text(event, "sg_event_id"), _report(event)) for event in events if isinstance(event, dict)]
        return [Event(key, report) for key, report in read if report and key]


def _report(event: Mapping[str, Any]) -> Report | None:
    address, message_id = text(event, "email"), text(event, "smtp-id")
    words = text(event, "reason")
    match text(event, "event"):
        case "bounce":
            hard = text(event, "type") == "bounce"
            return bounce(address, words, hard=hard, status=text(event, "status"), message_id=message_id)
        case "dropped" if words.startswith(("Bounced", "Invalid")):
            return bounce(address, words, hard=True, message_id=message_id)
        case "spamreport":
            return notice(Verdict.COMPLAINT, address, "spamreport", message_id=message_id)
        case "unsubscribe" | "group_unsubscribe":
            return notice(Verdict.UNSUBSCRIBE, address, text(event, "event"), message_id=message_id)
    return None
