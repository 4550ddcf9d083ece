"""Amazon SES through SNS: RSA over named fields, with a certificate that must come from Amazon's own host."""

import re
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from pydantic import BaseModel, ConfigDict

from digest.errors import ChannelError
from digest.feedback.report import Verdict
from digest.feedback.ses import read_notification
from digest.feedback.webhooks import Event, ForgedError
from digest.feedback.webhooks.fields import parse_object, text

_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"https://[a-z0-9.-]+/SimpleNotificationService-[A-Za-z0-9]{1,100}\.pem")
_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES = {"1": SHA1, "2": SHA256}
_SECONDS = 10
_MAX_BYTES = 100_000

Get = Callable[[str], bytes]
"""Fetches an https address. Raises OSError."""


class SnsSettings(BaseModel):
    """`topic` is the ARN that SES notifies: anybody can have SNS sign messages of a topic of her own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nobody: the host was checked, and where it points to was not."""


def _get(url: str) -> bytes:
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(url, timeout=_SECONDS) as answer:
            return bytes(answer.read(_MAX_BYTES))
    except HTTPException as error:
        raise OSError(str(error)) from error


class SnsWebhook:
    """The webhook of `kind: sns`. Certificates are fetched once."""

    kind: ClassVar[str] = "sns"
    Settings = SnsSettings

    def __init__(self, settings: SnsSettings, get: Get = _get) -> None:
        self._topic = settings.topic
        self._get = get
        self._keys: dict[str, x509.Certificate] = {}

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Event]:
        """The one event of a request; a request to confirm the subscription is confirmed.

        Raises ForgedError, ValueError, and ChannelError where Amazon cannot be reached.
        """
        request = {name: value for name, value in parse_object(body).items() if isinstance(value, str)}
        kind = request.get("Type", "")
        if kind not in _FIELDS or request.get("TopicArn") != self._topic:
            raise ForgedError("it is of another topic or kind")
        self._verify(request, _FIELDS[kind], now)
        if kind == "SubscriptionConfirmation":
            self._fetch(request.get("SubscribeURL", ""))
            return []
        report = read_notification(request.get("Message", ""))
        if report is None or report.verdict in (Verdict.NONE, Verdict.DELIVERED):
            return []
        return [Event(text(request, "MessageId"), report)]

    def _verify(self, request: Mapping[str, str], fields: Sequence[str], now: datetime) -> None:
        signed = "".join(f"{name}\n{request[name]}\n" for name in fields if name in request)
        algorithm = _HASHES.get(request.get("SignatureVersion", ""))
        certificate = self._certificate(request.get("SigningCertURL", ""))
        key = certificate.public_key()
        current = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        if algorithm is None or not current or not isinstance(key, RSAPublicKey):
            raise ForgedError("the certificate or the kind of signature does not count")
        try:
            # SHA-1 is what SNS signs with unless the topic says otherwise.
            key.verify(b64decode(request.get("Signature", "")), signed.encode(), PKCS1v15(), algorithm())
        except (InvalidSignature, ValueError) as error:
            raise ForgedError("the signature is wrong") from error

    def _certificate(self, url: str) -> x509.Certificate:
        if url not in self._keys:
            # Nothing else of the host, and no query, or anybody could fill this memory.
            if not _CERTIFICATE.fullmatch(url):
                raise ForgedError("the address of the certificate is not Amazon's")
            try:
                self._keys[url] = x509.load_pem_x509_certificate(self._fetch(url))
            except ValueError as error:
                raise ForgedError("there is no certificate at its address") from error
        return self._keys[url]

    def _fetch(self, url: str) -> bytes:
        if not _is_amazons(url):
            raise ForgedError("the address is not Amazon's")
        try:
            return self._get(url)
        except OSError as error:
            raise ChannelError(f"Amazon SNS cannot be reached: {error}; it sends the notification again") from error


def _is_amazons(url: str) -> bool:
    try:
        parts: Any = urlsplit(url)
        return bool(parts.scheme == "https" and parts.port in (None, 443) and _HOST.fullmatch(parts.netloc))
    except ValueError:
        return False
