"""Amazon SES's notifications: a JSON object, whether it comes by mail or through SNS to a webhook."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from digest.feedback.dsn import failure
from digest.feedback.identity import find_tokens
from digest.feedback.reasons import find_reason
from digest.feedback.report import Marks, Reason, Recipient, Report, Verdict

_MAX_RECIPIENTS = 50


def read_notification(text: str) -> Report | None:
    """The report in a notification; None where the text is none."""
    try:
        # By mail the object is folded into lines and followed by a footer.
        found, _ = json.JSONDecoder(strict=False).raw_decode(text.strip())
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    kind = found.get("notificationType") or found.get("eventType")
    reader = {"Bounce": _bounce, "Complaint": _complaint, "Delivery": _delivery}.get(str(kind))
    if reader is None:
        return None
    report = reader(_object(found, str(kind).lower()))
    return Report(report.verdict, report.recipients, report.evidence, _marks(_object(found, "mail")))


def _bounce(bounce: Mapping[str, Any]) -> Report:
    kind = f"{bounce.get('bounceType', '')} {bounce.get('bounceSubType', '')}".strip()
    recipients = []
    for one in _list(bounce, "bouncedRecipients"):
        finding = find_reason([_text(one, "diagnosticCode")], status=_text(one, "status"))
        reason = finding.reason
        if reason is Reason.OTHER and kind.startswith("Permanent") and kind.endswith(("General", "NoEmail")):
            reason = Reason.USER_UNKNOWN
        recipients.append(Recipient(_text(one, "emailAddress"), finding.status, reason, finding.evidence or kind))
    return failure(recipients) if recipients else Report(Verdict.NONE, evidence=kind)


def _complaint(complaint: Mapping[str, Any]) -> Report:
    kind = _text(complaint, "complaintFeedbackType")[:40] or "abuse"
    addresses = [_text(one, "emailAddress") for one in _list(complaint, "complainedRecipients")]
    verdict = Verdict.NONE if kind in ("not-spam", "auth-failure") else Verdict.COMPLAINT
    return Report(verdict, tuple(Recipient(address, reason=kind) for address in addresses), f"Complaint: {kind}")


def _delivery(delivery: Mapping[str, Any]) -> Report:
    addresses = [one for one in delivery.get("recipients") or () if isinstance(one, str)][:_MAX_RECIPIENTS]
    evidence = _text(delivery, "smtpResponse") or "Delivery"
    return Report(Verdict.DELIVERED, tuple(Recipient(address) for address in addresses), evidence)


def _marks(mail: Mapping[str, Any]) -> Marks:
    headers = [_text(one, "value") for one in _list(mail, "headers")]
    return Marks(find_tokens([_text(mail, "source"), *headers]))


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _list(of: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = of.get(name)
    return [one for one in value if isinstance(one, dict)][:_MAX_RECIPIENTS] if isinstance(value, list) else []


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return value[:2000] if isinstance(value, str) else ""
