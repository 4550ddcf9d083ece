"""Receipts: somebody's server or mail program says that the letter has arrived (RFC 8098, and plain words)."""

from digest.feedback.phrases import RECEIPTS
from digest.feedback.reading import Mail
from digest.feedback.reasons import normalise
from digest.feedback.report import Report, Verdict


def read_receipt(mail: Mail) -> Report | None:
    """The receipt in a message; None where it is none."""
    subject = mail.value("subject")
    if mail.is_receipt or normalise(subject).startswith(RECEIPTS):
        return Report(Verdict.DELIVERED, evidence=f"Subject: {subject}")
    return None
