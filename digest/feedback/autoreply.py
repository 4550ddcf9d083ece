"""Vacation replies, challenges and read receipts: answers of machines that say nothing about delivery (RFC 3834)."""

from digest.feedback.addresses import addresses_in
from digest.feedback.phrases import AUTO_REPLIES
from digest.feedback.reading import Mail
from digest.feedback.reasons import normalise, says_one_of
from digest.feedback.report import Recipient, Report, Verdict

_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-auto-response-suppress-reply",
    "x-vacation",
    "x-ms-exchange-generated-message-source-oof",
)


def read_auto_reply(mail: Mail) -> Report | None:
    """What makes a message an automatic answer; None for one that a person may have written."""
    evidence = _sign(mail)
    if not evidence:
        return None
    sender = addresses_in(mail.value("from"))[:1]
    return Report(Verdict.AUTO_REPLY, tuple(Recipient(address) for address in sender), evidence)


def _sign(mail: Mail) -> str:
    submitted = mail.value("auto-submitted")
    if submitted and not submitted.lower().startswith("no"):
        return f"Auto-Submitted: {submitted}"
    for name in _FIELDS:
        if mail.value(name):
            return f"{name}: {mail.value(name)}"
    for name, value in mail.fields:
        if name == "x-apple-action" and value.lower() == "vacation":
            return f"{name}: {value}"
        if name == "precedence" and "auto" in value.lower():
            return f"{name}: {value}"
    subject = mail.value("subject")
    return f"Subject: {subject}" if says_one_of(normalise(subject), AUTO_REPLIES) else ""
