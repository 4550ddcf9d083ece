"""What a message says, kind by kind. The words are those that families of servers use."""

import base64

import pytest

from digest.feedback import Report, Verdict, classify
from tests.feedback.messages import TOKEN, block, complaint, dsn, plain


def reasons(report: Report) -> list[tuple[str, str, str]]:
    return [(one.address, one.status, one.reason) for one in report.recipients]


@pytest.mark.parametrize(
    ("said", "status", "verdict", "reason"),
    [
        ("550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown", "5.1.1", "hard", "user-unknown"),
        ("550 5.1.1 No such user", "5.0.0", "hard", "user-unknown"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "5.1.10", "hard", "user-unknown"),
        ("550 5.1.2 Host unknown", "5.1.2", "hard", "host-unknown"),
        ("Domain example.com does not accept mail (nullMX)", "5.1.10", "hard", "no-mail"),
        ("551 5.1.6 recipient no longer on server", "5.1.6", "hard", "moved"),
        ("552 5.2.2 Mailbox full", "5.2.2", "soft", "full"),
        ("550 5.1.1 Mailbox has exceeded its quota limit", "5.1.1", "soft", "full"),
        ("550 5.7.26 Unauthenticated email is not accepted due to DMARC policy", "5.7.26", "soft", "authentication"),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked", "5.7.1", "soft", "blocked"),
        ("554 5.7.1 This message was considered spam", "5.7.1", "soft", "spam"),
        ("550 5.7.1 User unknown", "5.7.1", "soft", "filtered"),
        ("552 5.3.4 Message size exceeds fixed maximum", "5.3.4", "soft", "too-big"),
        ("554 5.4.7 Delivery time expired", "5.4.7", "soft", "expired"),
        ("550 5.2.1 The email account that you tried to reach is disabled", "5.2.1", "soft", "disabled"),
        ("550 Transaction failed", "5.0.0", "soft", "other"),
    ],
)
def test_why_a_letter_did_not_arrive(said: str, status: str, verdict: str, reason: str) -> None:
    report = classify(dsn(block(status=status, said=said)))
    assert (report.verdict, report.recipients[0].reason) == (verdict, reason)
    assert report.evidence == said


@pytest.mark.parametrize(
    ("stage", "reason"),
    [("RCPT TO command", "user-unknown"), ("end of DATA command", "filtered")],
)
def test_a_bare_550_counts_as_unknown_only_in_answer_to_the_address(stage: str, reason: str) -> None:
    words = f"<ann@example.com>: host mx said: 550 User unknown (in reply to {stage})"
    assert classify(dsn(block(said="550 User unknown"), words=words)).recipients[0].reason == reason


def test_the_words_outrank_a_lazy_status() -> None:
    words = "ann@example.com\n  host mx.example.com: 550 5.1.1 mailbox gone, no such user"
    report = classify(dsn(block(status="5.0.0"), words=words))
    assert (report.verdict, reasons(report)) == ("hard", [("ann@example.com", "5.1.1", "user-unknown")])
    assert report.evidence == "host mx.example.com: 550 5.1.1 mailbox gone, no such user"


def test_each_recipient_has_a_verdict_of_her_own() -> None:
    report = classify(
        dsn(
            block("ann@example.com", said="550 5.1.1 User unknown"),
            block("bea@example.com", said="552 5.2.2 Mailbox full"),
            block("cat@example.com", action="delayed", status="4.4.1"),
            block("dee@example.com", action="delivered", status="2.0.0"),
        )
    )
    assert reasons(report) == [
        ("ann@example.com", "5.1.1", "user-unknown"),
        ("bea@example.com", "5.2.2", "full"),
        ("cat@example.com", "4.4.1", "delayed"),
    ]
    assert [one.verdict for one in report.recipients] == ["hard", "soft", "soft"]


def test_what_was_delivered_or_handed_on_is_no_bounce() -> None:
    for action in ("delivered", "relayed", "expanded"):
        assert classify(dsn(block(action=action, status="2.1.5"))).verdict is Verdict.DELIVERED


def test_a_delay_is_never_hard() -> None:
    report = classify(dsn(block(action="delayed", status="5.1.1", said="450 5.1.1 User unknown")))
    assert (report.verdict, report.recipients[0].reason) == ("soft", "delayed")


def test_who_we_wrote_to_comes_before_where_it_was_forwarded() -> None:
    fields = "Original-Recipient: rfc822; ann@example.com\n" + block("ann.b@forward.example", said="550 5.1.1 unknown")
    assert classify(dsn(fields)).recipients[0].address == "ann@example.com"


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_a_global_report_has_addresses_beyond_ascii(encoding: str) -> None:
    fields = "Reporting-MTA: dns; mx\n\nFinal-Recipient: utf-8; jörg@example.com\nAction: failed\nStatus: 5.1.1\n"
    body = {
        "8bit": fields.encode(),
        "base64": base64.encodebytes(fields.encode()),
        "quoted-printable": fields.replace("ö", "=C3=B6").encode(),
    }[encoding]
    raw = dsn("x: y").replace(b"Reporting-MTA: dns; mx.example.net\n\nx: y\n", body)
    raw = raw.replace(
        b"message/delivery-status\n",
        f"message/global-delivery-status\nContent-Transfer-Encoding: {encoding}\n".encode(),
    )
    assert reasons(classify(raw)) == [("jörg@example.com", "5.1.1", "user-unknown")]
    escaped = dsn("Final-Recipient: utf-8; j\\x{F6}rg@example.com\nAction: failed\nStatus: 5.1.1")
    assert classify(escaped).recipients[0].address == "jörg@example.com"


@pytest.mark.parametrize(
    ("text", "address", "verdict", "reason"),
    [
        (
            "<ann@example.com>:\nSorry, no mailbox here. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n",
            "ann@example.com",
            "hard",
            "user-unknown",
        ),
        (
            "The following address(es) failed:\n\n  ann@example.com\n    mailbox is full: retry timeout exceeded\n",
            "ann@example.com",
            "soft",
            "full",
        ),
        (
            "Le message n'a pas pu être remis à <ann@example.com>\n550 5.1.1 utilisateur inconnu\n",
            "ann@example.com",
            "hard",
            "user-unknown",
        ),
        (
            "Ihre Nachricht konnte nicht zugestellt werden: ann@example.com\nDas Postfach ist voll.\n",
            "ann@example.com",
            "soft",
            "full",
        ),
        (
            "Message will be retried. Delivery to the following recipient has been delayed:\n\n ann@example.com\n",
            "ann@example.com",
            "soft",
            "delayed",
        ),
    ],
)
def test_reports_in_plain_words(text: str, address: str, verdict: str, reason: str) -> None:
    report = classify(plain(text))
    assert (report.verdict, [(one.address, one.reason) for one in report.recipients]) == (verdict, [(address, reason)])


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("abuse", "complaint"), ("fraud", "complaint"), ("opt-out", "unsubscribe"), ("auth-failure", "none"),
     ("not-spam", "none"), ("something-new", "none")],
)  # fmt: skip
def test_complaints_and_what_only_looks_like_one(kind: str, verdict: str) -> None:
    assert classify(complaint(kind)).verdict == verdict


def test_a_redacted_complaint_still_says_who() -> None:
    assert classify(complaint()).recipients[0].address == "ann@example.com"
    assert classify(complaint(original="bea@example.com")).recipients[0].address == "bea@example.com"
    hidden = classify(complaint(to="undisclosed"))
    assert (hidden.verdict, hidden.recipients, hidden.marks.message_id) == ("complaint", (), "letter@example.org")


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        ("Subject: Out of office", "auto-reply"),
        ("Subject: Abwesenheit bis 5. Mai", "auto-reply"),
        ("Subject: Re: The weekly\nAuto-Submitted: auto-replied\nReturn-Path: <>", "auto-reply"),
        ("Subject: The weekly\nX-Autoreply: yes", "auto-reply"),
        ("Subject: Re: The weekly", "none"),
        ("Subject: Re: Undeliverable mail could not be delivered to ann@example.com", "none"),
        ("Subject: unsubscribe", "unsubscribe"),
        ("Subject: Abmelden", "unsubscribe"),
        ("Subject: About the word unsubscribe", "none"),
        ("Subject: \nDelivered-To: unsubscribe+token@example.org", "unsubscribe"),
        ("Subject: Read: The weekly", "delivered"),
    ],
)
def test_what_people_and_their_programs_write_is_no_bounce(head: str, verdict: str) -> None:
    assert (
        classify(f"From: Ann <ann@example.com>\n{head}\n\nI am away. user unknown 550 5.1.1\n".encode()).verdict
        == verdict
    )


def test_a_complaint_in_a_broken_message_is_one_too() -> None:
    broken = complaint(original="ann@example.com").replace(b'boundary="b"', b'boundary="another"')
    report = classify(broken)
    assert (report.verdict, [one.address for one in report.recipients]) == ("complaint", ["ann@example.com"])


def test_what_may_name_the_delivery() -> None:
    marks = classify(dsn(block(), to=f"bounces+{TOKEN.upper()}@example.org")).marks
    assert marks.deliveries == (TOKEN,)
    assert marks.links == ("1.weekly.abcdefghijklmnopqrstuvwxyz0",)
    assert marks.message_id == "letter@example.org"
    envid = dsn(f"Original-Envelope-ID: {TOKEN}", block())
    assert classify(envid).marks.deliveries == (TOKEN,)


def test_a_notification_of_amazon_by_mail() -> None:
    bounce = (
        '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":'
        '[{"emailAddress":"ann@example.com","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},'
        f'"mail":{{"source":"bounces+{TOKEN}@example.org"}}}}\n\n--\nIf you wish to stop'
    )
    report = classify(plain(bounce, sender="no-reply@sns.example", subject="Notification"))
    assert (report.verdict, reasons(report)) == ("hard", [("ann@example.com", "5.1.1", "user-unknown")])
    assert report.marks.deliveries == (TOKEN,)
