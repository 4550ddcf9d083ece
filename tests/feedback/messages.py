"""Messages that come back, made for tests."""

TOKEN = "a" * 29


def dsn(*blocks: str, words: str = "Your message could not be delivered.", to: str = "bounces@example.org") -> bytes:
    """A delivery status report (RFC 3464) with these blocks of fields."""
    fields = "\n\n".join(["Reporting-MTA: dns; mx.example.net", *blocks])
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

{words}

--b
Content-Type: message/delivery-status

{fields}

--b
Content-Type: text/rfc822-headers

From: news@example.org
To: ann@example.com
Message-ID: <letter@example.org>
List-Unsubscribe: <https://letters.example.org/unsubscribe/1.weekly.abcdefghijklmnopqrstuvwxyz0>

--b--
""".encode()


def block(address: str = "ann@example.com", action: str = "failed", status: str = "5.0.0", said: str = "") -> str:
    """What a report says of one recipient."""
    said = f"\nDiagnostic-Code: smtp; {said}" if said else ""
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}{said}"


def plain(text: str, *, sender: str = "MAILER-DAEMON@mx.example.net", subject: str = "failure notice") -> bytes:
    """A report in plain words."""
    head = f"From: {sender}\nTo: bounces@example.org\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n"
    return f"{head}\n{text}".encode()


def complaint(kind: str = "abuse", *, original: str = "", to: str = "ann@example.com") -> bytes:
    """A report of a feedback loop (RFC 5965), redacted unless `original` names the recipient."""
    named = f"Original-Rcpt-To: {original}\n" if original else ""
    return f"""\
From: feedback@provider.example
To: bounces@example.org
Subject: FW: The weekly
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Loop/1.0
Version: 1
{named}
--b
Content-Type: message/rfc822

From: news@example.org
To: {to}
Message-ID: <letter@example.org>
List-Unsubscribe: <https://letters.example.org/unsubscribe/1.weekly.abcdefghijklmnopqrstuvwxyz0>

Hello
--b--
""".encode()
