"""Words of a server → why it did not deliver. Pure, and in time that grows with the text and nothing else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.feedback.addresses import ADDRESS
from digest.feedback.phrases import AT_DATA, AT_RCPT, DOUBTS, REASONS
from digest.feedback.report import HARD, Reason

_MAX_TEXT = 4000
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_CODE = re.compile(r"(?<![\w./])(4[2357]\d|5[0-57]\d)(?=[ ,:#-]|$)(?!-\d{3,})", re.MULTILINE)
_CONTINUATION = re.compile(r"\b[45]\d\d-[ #]?(?:[45]\.\d{1,3}\.\d{1,3}\b)?")
_BRACKETED = re.compile(rf"<?{ADDRESS.pattern}>?")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "＠": "@"})

_BY_STATUS = {
    "1.1": Reason.USER_UNKNOWN,
    "1.2": Reason.HOST_UNKNOWN,
    "1.3": Reason.USER_UNKNOWN,
    "1.6": Reason.MOVED,
    "1.7": Reason.POLICY,
    "1.8": Reason.POLICY,
    "1.10": Reason.USER_UNKNOWN,
    "2.1": Reason.DISABLED,
    "2.2": Reason.FULL,
    "2.3": Reason.TOO_BIG,
    "3.4": Reason.TOO_BIG,
    "4.7": Reason.EXPIRED,
    "7.26": Reason.AUTHENTICATION,
}
"""RFC 3463, section 3; RFC 7372 and RFC 7505. 5.2.1 may pass, so that it is not hard by itself."""
_BY_SUBJECT = {
    "2": Reason.OTHER,
    "3": Reason.SYSTEM,
    "4": Reason.NETWORK,
    "6": Reason.CONTENT,
    "7": Reason.POLICY,
}


_BY_CODE = {"421": Reason.NETWORK, "556": Reason.NO_MAIL}
"""RFC 5321, section 4.2.2; RFC 7504, section 3. Its 521 is also what some answer as a matter of policy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why, the most telling status code there was, and the line that decided."""

    reason: Reason
    status: str
    evidence: str


def find_reason(texts: Sequence[str], *, status: str = "", stage: str = "") -> Finding:
    """What a server's words mean: of the first text that has words we know, or of the codes in any of them.

    `status` is the report's own field, `stage` what it says of the dialogue. The words outrank the codes, and a code in
    the words outranks the field: servers put 5.0.0 there while they say "5.1.1 mailbox gone".
    """
    texts = [text[:_MAX_TEXT] for text in texts if text.strip()]
    code = next(filter(None, map(_best_status, texts)), "") or _status_in(status)
    for text in texts:
        words = normalise(text)
        reason, phrase = _by_words(words)
        if reason:
            return Finding(_soften(reason, code, f"{words} {stage}"), code, _line_of(text, phrase))
    reply = next(filter(None, map(_CODE.search, texts)), None)
    return Finding(_by_code(code, reply), code, next((_line_of(text, "") for text in texts), "") or status)


def normalise(text: str) -> str:
    """The form that phrases have: lower case, single spaces, straight quotes, `<>` for addresses."""
    text = _CONTINUATION.sub(" ", text.translate(_QUOTES))
    return " ".join(_BRACKETED.sub("<>", text).casefold().split())


def says_one_of(words: str, phrases: tuple[str, ...]) -> str:
    """The first phrase that occurs in normalised words; empty: none does."""
    return next((phrase for phrase in phrases if phrase in words), "")


def has_reply_code(text: str) -> bool:
    """Whether a server's reply stands in the text: a code of SMTP or an enhanced one."""
    return bool(_STATUS.search(text) or _CODE.search(text))


def names_a_reason(words: str) -> bool:
    """Whether normalised words hold a phrase of any reason."""
    return _by_words(words)[0] is not None


def _by_words(words: str) -> tuple[Reason | None, str]:
    for reason, phrases in REASONS:
        if phrase := says_one_of(words, phrases):
            return reason, phrase
    return None, ""


def _by_code(status: str, code: re.Match[str] | None) -> Reason:
    detail = status.partition(".")[2]
    found = _BY_STATUS.get(detail) or _BY_SUBJECT.get(detail.partition(".")[0])
    if found:
        return found
    return _BY_CODE.get(code[1], Reason.OTHER) if code else Reason.OTHER


def _soften(reason: Reason, status: str, words: str) -> Reason:
    """Take back what words alone make hard, where the codes or the stage do not bear it out."""
    if reason not in HARD:
        return reason
    if status[2:4] == "7.":
        return Reason.FILTERED
    if reason is Reason.USER_UNKNOWN:
        return reason if _is_of_the_address(status, words) else Reason.FILTERED
    # A domain that could not be found for now may be found again.
    return Reason.NETWORK if status.startswith("4") else reason


def _is_of_the_address(status: str, words: str) -> bool:
    """Whether "user unknown" was said of the address.

    A status of class x.1 says so (RFC 3463, section 3.2), and so does an answer to RCPT. Filters that refuse a message
    after the address was accepted answer with the same words and a bare 550. Words without any code are a mail
    system's own, unless it only guesses.
    """
    if status[2:4] == "1.":
        return True
    if says_one_of(words, AT_DATA) or says_one_of(words, DOUBTS):
        return False
    return bool(says_one_of(words, AT_RCPT)) or not has_reply_code(words)


def _best_status(text: str) -> str:
    found = [code for code in _STATUS.findall(text) if not code.startswith("2")]
    telling = [code for code in found if not code.endswith((".0.0", ".1.0"))]
    return next(iter(telling or found), "")


def _status_in(field: str) -> str:
    hit = _STATUS.search(field)
    return hit.group() if hit else ""


def _line_of(text: str, phrase: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if phrase:
        hit = next((line for line in lines if phrase in normalise(line)), "")
        return hit or " ".join(lines)[:500]
    return next((line for line in lines if has_reply_code(line)), lines[0] if lines else "")
