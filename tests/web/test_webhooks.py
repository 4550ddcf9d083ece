"""Webhooks of the four providers: their documented samples, signed anew with keys of the tests."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from digest.errors import ChannelError
from digest.feedback import webhooks
from digest.feedback.webhooks import Webhook
from digest.feedback.webhooks.sns import SnsSettings, SnsWebhook
from digest.intake import Intake
from digest.models import DeliveryRow, EditionRow, FeedbackRow
from digest.record.bounce_rules import Rules
from digest.tokens import sign_delivery
from digest.web import create_app
from digest.web.webhooks import webhook_route
from subscribers.models import Suppression
from tests.web.conftest import KEYS, NOW, House, served

JANE = "jane@example.org"
TOPIC = "arn:aws:sns:us-west-2:123456789012:bounces"
CERTIFICATE = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-abc123.pem"
Request = tuple[dict[str, str], bytes]

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    EC_KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()


def certificate(until: timedelta = timedelta(days=1)) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, RSA_KEY.public_key(), 1, NOW - timedelta(days=2), NOW + until)
    return builder.sign(RSA_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


# ── requests as the providers make them ─────────────────────────────────────────────────────────────────────────────


def sns(message: object, *, kind: str = "Notification", version: str = "1", **changed: str) -> Request:
    """As in Amazon's "Parsing message formats"."""
    fields = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps(message),
        "Timestamp": "2026-01-07T14:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
    }
    if kind == "SubscriptionConfirmation":
        fields |= {
            "Token": "2336412f37",
            "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
        }
    fields |= {name: value for name, value in changed.items() if name != "Signature"}
    names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields).encode()
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = base64.b64encode(RSA_KEY.sign(signed, padding.PKCS1v15(), algorithm)).decode()
    return {}, json.dumps(fields | {"Signature": changed.get("Signature", signature)}).encode()


def ses_bounce(source: str = "bounces@example.org") -> dict[str, object]:
    return {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": JANE,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 <jane@example.org>... User unknown",
                }
            ],
        },
        "mail": {"source": source, "messageId": "EXAMPLE7c191be45"},
    }


def sendgrid(*events: Mapping[str, object], key: ec.EllipticCurvePrivateKey = EC_KEY) -> Request:
    body = json.dumps(events).encode()
    signature = key.sign(b"1600112492" + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112492",
    }, body


SENDGRID_BOUNCE: Mapping[str, object] = {
    "email": JANE,
    "timestamp": 1600112492,
    "smtp-id": "<letter@example.org>",
    "event": "bounce",
    "category": ["cat facts"],
    "sg_event_id": "6g4ZI7SA-xmRDv57GoPIPw==",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "reason": "500 unknown recipient",
    "status": "5.0.0",
    "type": "bounce",
}


def mailgun(
    event: Mapping[str, object], *, key: str = "signing key", minutes: int = 0, token: str = "t" * 50
) -> Request:
    timestamp = str(int((NOW - timedelta(minutes=minutes)).timestamp()))
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest()
    signed = {"timestamp": timestamp, "token": token, "signature": signature}
    return {}, json.dumps({"signature": signed, "event-data": event}).encode()


MAILGUN_FAILED: Mapping[str, object] = {
    "event": "failed",
    "id": "G9Bn5sl1TC6nu79C8C0bwg",
    "severity": "permanent",
    "reason": "suppress-bounce",
    "recipient": JANE,
    "delivery-status": {"code": 605, "message": "", "description": "Not delivering to previously bounced address"},
    "message": {"headers": {"message-id": "letter@example.org", "to": JANE}},
}


def postmark(event: Mapping[str, object], *, password: str = "right") -> Request:
    pair = base64.b64encode(f"us:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}, json.dumps(event).encode()


POSTMARK_BOUNCE: Mapping[str, object] = {
    "RecordType": "Bounce",
    "ID": 42,
    "Type": "HardBounce",
    "TypeCode": 1,
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "Details": "Test bounce details",
    "Email": JANE,
    "From": "news@example.org",
}

GOOD: dict[str, Callable[[], Request]] = {
    "sns": lambda: sns(ses_bounce()),
    "sendgrid": lambda: sendgrid(SENDGRID_BOUNCE),
    "mailgun": lambda: mailgun(MAILGUN_FAILED),
    "postmark": lambda: postmark(POSTMARK_BOUNCE),
}

FORGED: list[tuple[str, Callable[[], Request]]] = [
    ("sns", lambda: sns(ses_bounce(), Signature="AAAA")),
    ("sns", lambda: sns(ses_bounce(), TopicArn="arn:aws:sns:us-west-2:999999999999:somebody")),
    ("sns", lambda: sns(ses_bounce(), SigningCertURL="https://sns.us-west-2.amazonaws.com.evil.example/x.pem")),
    ("sns", lambda: sns(ses_bounce(), SigningCertURL=CERTIFICATE.replace("https", "http"))),
    ("sns", lambda: sns(ses_bounce(), SigningCertURL=f"{CERTIFICATE}?x=1")),
    ("sns", lambda: sns(ses_bounce(), version="3")),
    ("sns", lambda: sns({}, kind="UnsubscribeConfirmation")),
    ("sendgrid", lambda: sendgrid(SENDGRID_BOUNCE, key=ec.generate_private_key(ec.SECP256R1()))),
    ("sendgrid", lambda: ({}, sendgrid(SENDGRID_BOUNCE)[1])),
    ("sendgrid", lambda: (sendgrid(SENDGRID_BOUNCE)[0], sendgrid(SENDGRID_BOUNCE)[1] + b" ")),
    ("mailgun", lambda: mailgun(MAILGUN_FAILED, key="another")),
    ("mailgun", lambda: mailgun(MAILGUN_FAILED, minutes=16)),
    ("mailgun", lambda: mailgun(MAILGUN_FAILED, minutes=-16)),
    ("mailgun", lambda: ({}, b"{}")),
    ("postmark", lambda: postmark(POSTMARK_BOUNCE, password="wrong")),
    ("postmark", lambda: ({}, postmark(POSTMARK_BOUNCE)[1])),
]


# ── the house, with webhooks ────────────────────────────────────────────────────────────────────────────────────────


class Amazon:
    """What is fetched from Amazon."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pem = certificate()
        self.is_down = False

    def __call__(self, url: str) -> bytes:
        if self.is_down:
            raise OSError("timed out")
        self.asked.append(url)
        return self.pem


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def opened(amazon: Amazon) -> dict[str, Webhook]:
    options: dict[str, dict[str, str]] = {
        "sendgrid": {"public_key": PUBLIC},
        "mailgun": {"signing_key": "signing key"},
        "postmark": {"username": "us", "password": "right"},
    }
    made = {kind: (found := webhooks.find(kind))(found.Settings.model_validate(options[kind])) for kind in options}
    return {"sns": SnsWebhook(SnsSettings(topic=TOPIC), amazon), **made}


@pytest.fixture
def jane(house: House) -> int:
    """The delivery of Jane's letter, as good as sent."""
    with house.database.write() as session:
        edition = EditionRow(newsletter="weekly", slot="x", state="sent", planned_at=NOW, cutoff_at=NOW, created_at=NOW)
        session.add(edition)
        session.flush()
        delivery = DeliveryRow(
            edition_id=edition.id, subscriber_id=house.jane, state="sent", tries=1, created_at=NOW, changed_at=NOW,
            slots={"message_id": "letter@example.org"},
        )  # fmt: skip
        session.add(delivery)
        session.flush()
        return delivery.id


@pytest.fixture
def intake(house: House) -> Intake:
    return Intake(house.database, KEYS, lambda: NOW, Rules())


@pytest.fixture
def post(house: House, intake: Intake, opened: dict[str, Webhook]) -> Any:
    """Posts a request to one kind; the status."""
    with TestClient[Litestar](create_app(house.door, webhook_route(intake, opened))) as client:
        yield lambda kind, request: client.post(f"/webhooks/{kind}", content=request[1], headers=request[0]).status_code


def rows(house: House) -> list[FeedbackRow]:
    with house.database.read() as session:
        return list(session.scalars(select(FeedbackRow).order_by(FeedbackRow.id)))


def suppressions(house: House) -> list[str]:
    with house.database.read() as session:
        return list(session.scalars(select(Suppression.reason)))


@pytest.mark.parametrize("kind", GOOD)
def test_a_bounce_suppresses_the_reader_once(house: House, jane: int, post: Any, kind: str) -> None:
    assert [post(kind, GOOD[kind]()) for _ in range(2)] == [200, 200]
    (row,) = rows(house)
    assert (row.channel, row.verdict, row.delivery_id, row.done) == (kind, "hard", jane, "suppressed")
    assert suppressions(house) == ["hard"]


@pytest.mark.parametrize(("kind", "make"), FORGED)
def test_what_is_not_the_providers_is_refused_and_not_stored(
    house: House, jane: int, post: Any, kind: str, make: Callable[[], Request]
) -> None:
    assert post(kind, make()) == 401
    assert (rows(house), suppressions(house)) == ([], [])


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        (
            "sns",
            sns({"notificationType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": JANE}]}}),
        ),
        ("sendgrid", sendgrid({**SENDGRID_BOUNCE, "event": "spamreport"})),
        ("mailgun", mailgun({**MAILGUN_FAILED, "event": "complained"})),
        ("postmark", postmark({**POSTMARK_BOUNCE, "RecordType": "SpamComplaint", "Type": "SpamComplaint"})),
    ],
)
def test_a_complaint_unsubscribes_and_suppresses(
    house: House, jane: int, post: Any, kind: str, request_: Request
) -> None:
    assert post(kind, request_) == 200
    assert [row.done for row in rows(house)] == ["unsubscribed from weekly; suppressed"]
    assert suppressions(house) == ["complaint"]


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("sns", sns({**ses_bounce(), "notificationType": "Delivery"})),
        ("sendgrid", sendgrid({**SENDGRID_BOUNCE, "event": "delivered"}, {**SENDGRID_BOUNCE, "event": "open"})),
        ("mailgun", mailgun({**MAILGUN_FAILED, "event": "delivered"})),
        ("postmark", postmark({**POSTMARK_BOUNCE, "RecordType": "Delivery"})),
        ("postmark", postmark({**POSTMARK_BOUNCE, "Type": "AutoResponder"})),
    ],
)
def test_what_says_nothing_is_thanked_for_and_not_stored(
    house: House, jane: int, post: Any, kind: str, request_: Request
) -> None:
    assert post(kind, request_) == 200
    assert rows(house) == []


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        (
            "sendgrid",
            sendgrid({**SENDGRID_BOUNCE, "type": "blocked", "reason": "550 5.7.1 blocked", "status": "5.7.1"}),
        ),
        ("mailgun", mailgun({**MAILGUN_FAILED, "severity": "temporary", "reason": "generic"})),
        ("postmark", postmark({**POSTMARK_BOUNCE, "Type": "SoftBounce", "Details": "552 5.2.2 mailbox full"})),
    ],
)
def test_what_the_provider_calls_passing_is_soft(
    house: House, jane: int, post: Any, kind: str, request_: Request
) -> None:
    assert post(kind, request_) == 200
    assert ([row.verdict for row in rows(house)], suppressions(house)) == (["soft"], [])


def test_the_return_path_of_amazons_notification_says_which_letter(house: House, jane: int, post: Any) -> None:
    other = ses_bounce(f"bounces+{sign_delivery(KEYS, jane)}@example.org")
    assert post("sns", sns(json.loads(json.dumps(other).replace(JANE, "forwarded@example.net")), version="2")) == 200
    assert suppressions(house) == ["hard"]


def test_a_subscription_is_confirmed_once_it_is_known_to_be_ours(amazon: Amazon, post: Any) -> None:
    assert post("sns", sns({}, kind="SubscriptionConfirmation")) == 200
    assert amazon.asked == [CERTIFICATE, "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription"]
    elsewhere = sns({}, kind="SubscriptionConfirmation", SubscribeURL="https://internal.example.org/")
    assert post("sns", elsewhere) == 401
    assert len(amazon.asked) == 2


def test_a_certificate_that_has_run_out_does_not_count(amazon: Amazon, post: Any) -> None:
    amazon.pem = certificate(timedelta(days=-1))
    assert post("sns", GOOD["sns"]()) == 401


def test_where_amazon_cannot_be_asked_it_is_to_send_again(amazon: Amazon, post: Any) -> None:
    amazon.is_down = True
    assert post("sns", GOOD["sns"]()) == 503
    amazon.is_down = False
    assert post("sns", GOOD["sns"]()) == 200


def test_an_overheard_request_of_mailgun_cannot_be_used_for_another_event(house: House, jane: int, post: Any) -> None:
    assert post("mailgun", mailgun({**MAILGUN_FAILED, "recipient": "stranger@example.org"})) == 200
    assert post("mailgun", mailgun(MAILGUN_FAILED)) == 200
    assert (len(rows(house)), suppressions(house)) == (1, [])


@pytest.mark.parametrize("kind", GOOD)
def test_nonsense_is_refused(house: House, post: Any, kind: str) -> None:
    for body in (b"", b"[]", b"\xff", b"{" * 100_000):
        assert post(kind, ({}, body)) in (400, 401)
        assert post(kind, (postmark({})[0], body)) in (400, 401)
    assert rows(house) == []


def test_a_webhook_that_is_not_set_up_is_not_there(post: Any) -> None:
    assert post("another", ({}, b"{}")) == 404


def test_looking_at_a_webhook_changes_nothing(
    house: House, intake: Intake, opened: dict[str, Webhook], jane: int
) -> None:
    with TestClient[Litestar](create_app(house.door, webhook_route(intake, opened))) as client:
        assert client.get("/webhooks/postmark").status_code == 405
    assert rows(house) == []


def test_in_a_burst_whatever_is_answered_with_200_is_stored(
    house: House, intake: Intake, opened: dict[str, Webhook]
) -> None:
    """A thousand at once, and a database that fails for every seventh: those are answered with 503."""

    def shaky(number: int) -> bool:
        return number % 7 == 0

    real = Intake.take_events

    class Shaky(Intake):
        def take_events(self, events: Any, channel: str) -> None:
            if shaky(int(events[0].key.rpartition(" ")[2])):
                raise OperationalError("INSERT", {}, Exception("database is locked"))
            real(self, events, channel)

    shaky_intake = Shaky(intake.database, intake.keys, intake.clock, intake.rules)

    def send(numbers: range) -> dict[int, int]:
        statuses = {}
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for number in numbers:
            headers, body = postmark({**POSTMARK_BOUNCE, "ID": number})
            connection.request("POST", "/webhooks/postmark", body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses[number] = answer.status
        connection.close()
        return statuses

    with served(create_app(house.door, webhook_route(shaky_intake, opened))) as url, ThreadPoolExecutor(10) as pool:
        port = int(url.rpartition(":")[2])
        statuses: dict[int, int] = {}
        for part in pool.map(send, [range(start, start + 100) for start in range(0, 1000, 100)]):
            statuses |= part
    assert {number for number, status in statuses.items() if status == 503} == set(range(0, 1000, 7))
    taken = {number for number, status in statuses.items() if status == 200}
    assert len(taken) == 857
    with house.database.read() as session:
        assert session.scalar(select(func.count()).select_from(FeedbackRow)) == len(taken)
        assert {int(row.rpartition(" ")[2]) for row in session.scalars(select(FeedbackRow.message))} == taken


def test_trouble_with_amazon_has_its_remedy(opened: dict[str, Webhook], amazon: Amazon) -> None:
    amazon.is_down = True
    with pytest.raises(ChannelError, match="sends the notification again"):
        opened["sns"].read(*GOOD["sns"](), NOW)
