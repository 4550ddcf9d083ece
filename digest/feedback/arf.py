"""Complaints: reports of feedback loops (RFC 5965), and those that only say so in their subject."""

from collections.abc import Sequence

from digest.feedback.addresses import addresses_in
from digest.feedback.phrases import COMPLAINTS
from digest.feedback.reading import Fields, Mail, first, read_fields
from digest.feedback.reasons import normalise, says_one_of
from digest.feedback.report import Recipient, Report, Verdict

_COMPLAINTS = frozenset({"abuse", "fraud", "miscategorized", "complaint"})
_LEAVING = frozenset({"opt-out", "opt-out-list"})
"""Other types, `not-spam` and `auth-failure` among them, are no complaints (RFC 5965, sections 6 and 7.3)."""


def read_complaint(mail: Mail) -> Report | None:
    """The complaint in a message; None where there is none."""
    report = mail.feedback if mail.feedback is not None else _fields_in(mail.lines)
    if report is None:
        subject = mail.value("subject")
        phrase = says_one_of(normalise(subject), COMPLAINTS)
        return Report(Verdict.COMPLAINT, _recipients(mail, ()), subject) if phrase and mail.returned else None
    kind = (first(report, "feedback-type") or first(report, "abuse-type")).strip().lower()[:40]
    evidence = f"Feedback-Type: {kind}"
    if kind in _COMPLAINTS:
        return Report(Verdict.COMPLAINT, _recipients(mail, report, kind), evidence)
    return Report(Verdict.UNSUBSCRIBE if kind in _LEAVING else Verdict.NONE, _recipients(mail, report, kind), evidence)


def _fields_in(lines: Sequence[str]) -> Fields | None:
    """The report's fields where a broken message has them in its text."""
    for number, line in enumerate(lines):
        if line.lower().startswith("feedback-type:"):
            begin = max((place for place in range(number) if not lines[place].strip()), default=-1)
            return read_fields(iter(lines[begin + 1 :]))
    return None


def _recipients(mail: Mail, report: Fields, kind: str = "abuse") -> tuple[Recipient, ...]:
    # Receivers often redact Original-Rcpt-To; the header of the letter may still have it.
    reported = [
        address
        for name, value in report
        if name in ("original-rcpt-to", "removal-recipient")
        for address in addresses_in(value)
    ]
    sent_to = addresses_in(first(mail.returned, "to"))
    return tuple(Recipient(address, reason=kind) for address in dict.fromkeys(reported or sent_to[:1]))
