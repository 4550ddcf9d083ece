"""Reads other people's JSON: whatever is missing or of another kind is empty."""

import json
from collections.abc import Mapping
from typing import Any

from digest.feedback.reasons import find_reason
from digest.feedback.report import HARD, Marks, Reason, Recipient, Report, Verdict


def parse_object(body: bytes) -> Mapping[str, Any]:
    """The object in a body. Raises ValueError for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("no JSON") from error
    if not isinstance(value, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - ValueError is what the protocol promises
    return value


def text(of: Mapping[str, Any], *path: str) -> str:
    """The text or number at the end of a path, as one printable line; empty where there is none."""
    value: Any = of
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in str(value)[:1000])


def bounce(address: str, words: str, *, hard: bool, status: str = "", message_id: str = "") -> Report:
    """A bounce as a provider tells it: what is hard they know, unless the server's words speak against it."""
    finding = find_reason([words], status=status)
    reason = finding.reason
    if hard and reason in (Reason.OTHER, Reason.FILTERED):
        reason = Reason.USER_UNKNOWN
    if not hard and reason in HARD:
        reason = Reason.OTHER
    recipient = Recipient(address, finding.status, reason, (finding.evidence or words)[:500])
    return Report(recipient.verdict, (recipient,), recipient.evidence, _marks(message_id))


def notice(verdict: Verdict, address: str, evidence: str, *, message_id: str = "") -> Report:
    """A complaint or a wish to leave."""
    return Report(verdict, (Recipient(address),), evidence[:500], _marks(message_id))


def _marks(message_id: str) -> Marks:
    return Marks(message_id=message_id.strip().strip("<>"))
