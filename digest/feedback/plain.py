"""Reports in plain words, from servers that do not write RFC 3464: which addresses failed, and why."""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile

from digest.feedback import dsn
from digest.feedback.addresses import addresses_in, is_nobody, same
from digest.feedback.phrases import DELAYS, INTRODUCTIONS, RETURNED_BELOW, SUBJECTS
from digest.feedback.reading import Fields, Mail, first, read_fields
from digest.feedback.reasons import find_reason, has_reply_code, names_a_reason, normalise, says_one_of
from digest.feedback.report import Reason, Recipient, Report

_MAX_LINES = 120
_MAX_RECIPIENTS = 50
_DAEMON = re.compile(
    r"(?:mail(?:er)?-?|\bm)daemon|post_?master|mail.{0,3}deliver|delivery.{0,3}(?:sub)?system|mail.{0,3}admin|mail.{0,3}system"
    r"|system admin",
    re.IGNORECASE,
)
_HEADER_BEGINS = re.compile(r"(?:received|return-path|dkim-signature|x-received):\s", re.IGNORECASE)
_BEFORE_RECIPIENT = re.compile(
    r"(?:rcpt to|recipients?|recipient address|address(?:es)?|deliver(?:ed)? (?:the |your )?(?:mail|message)? ?to"
    r"|message to|delivered to|(?:delivery )?failed|failed to|user(?:id)?|addressee|errors)\s*[:=]?\s*[<\"'(]*$",
    re.IGNORECASE,
)
_NOT_RECIPIENT = re.compile(
    r"[\s>(*-]*(?:to:|(?:from|sender|mail from|>>> mail|reply-to|return-path|subject|message-id|cc|contact|please"
    r"|for further|hello|hi|dear|generated (?:from|by)|\(?expanded from|x-[\w-]+|errors-to|http|references"
    r"|in-reply-to)\b)",
    re.IGNORECASE,
)
_BULLETS = " \t>*-+•·|\"'<([=:#.0123456789"


def is_report(mail: Mail) -> bool:
    """Whether the message looks like a server's report on a letter that did not arrive."""
    if mail.value("x-failed-recipients"):
        return True
    subject = normalise(mail.value("subject")[:500])
    text = normalise("\n".join(mail.lines[:60]))
    about, introduced = bool(says_one_of(subject, SUBJECTS)), bool(says_one_of(text, INTRODUCTIONS))
    if _is_from_daemon(mail):
        return about or introduced or has_reply_code(text) or names_a_reason(text)
    if mail.value("auto-submitted").lower().startswith("auto-replied") or subject.startswith("re:"):
        return False
    return introduced and (about or bool(mail.returned) or has_reply_code(text))


def read_report(mail: Mail) -> Report | None:
    """What a report in plain words says; None where it names nobody at all."""
    said, returned = split(mail)
    addresses = _failed(mail, said, returned)
    delayed = says_one_of(normalise("\n".join(said[:40])), DELAYS)
    recipients = [_judge(address, addresses, said, delayed=bool(delayed)) for address in addresses[:_MAX_RECIPIENTS]]
    return dsn.failure(recipients) if recipients else None


def split(mail: Mail) -> tuple[Sequence[str], Fields]:
    """What the server says, and the header of the message it gives back, whether as a part or below a line."""
    for number, line in enumerate(mail.lines[:_MAX_LINES]):
        if _HEADER_BEGINS.match(line) or (len(line) < 120 and says_one_of(line.casefold(), RETURNED_BELOW)):
            below = mail.lines[number if _HEADER_BEGINS.match(line) else number + 1 :]
            return mail.lines[:number], mail.returned or read_fields(_from_first_field(below))
    return mail.lines[:_MAX_LINES], mail.returned


def _from_first_field(lines: Sequence[str]) -> Iterator[str]:
    return dropwhile(lambda line: ":" not in line, iter(lines))


def _is_from_daemon(mail: Mail) -> bool:
    sender = mail.value("from")
    return bool(_DAEMON.search(sender)) or sender.strip() in ("", "<>")


def _failed(mail: Mail, said: Sequence[str], returned: Fields) -> list[str]:
    named = addresses_in(mail.value("x-failed-recipients"))
    if named:
        return named
    ours = [address for name in ("to", "delivered-to", "from") for address in addresses_in(mail.value(name))]
    ours += [address for name in ("from", "return-path", "sender") for address in addresses_in(first(returned, name))]
    sent_to = [address for name in ("to", "cc") for address in addresses_in(first(returned, name))]
    scores: dict[str, int] = {}
    for line in said:
        if "@" not in line:
            continue
        for address in addresses_in(line):
            score = _score(line, address) + _known(address, sent_to, ours)
            known = next((one for one in scores if same(one, address)), address)
            scores[known] = max(scores.get(known, -9), score)
    likely = [address for address, score in scores.items() if score >= 4]
    if likely:
        return likely
    best = sorted(scores, key=lambda one: -scores[one])[:1]
    if best and scores[best[0]] > 0:
        return best
    return sent_to[:1] or best


def _score(line: str, address: str) -> int:
    """How much a line looks like one that says "this address failed"."""
    before, _, after = line.partition(address)
    if _NOT_RECIPIENT.match(line):
        return -4
    if not before.strip(_BULLETS):
        return 4
    if _BEFORE_RECIPIENT.search(before):
        return 4
    return 2 if not after.strip(" >:.,)\"'") else 1


def _known(address: str, sent_to: Sequence[str], ours: Sequence[str]) -> int:
    if any(same(address, one) for one in sent_to):
        return 3
    if is_nobody(address):
        return -6
    return -4 if any(same(address, one) for one in ours) else 0


def _judge(address: str, addresses: Sequence[str], said: Sequence[str], *, delayed: bool) -> Recipient:
    section = "\n".join(_section(address, addresses, said))
    whole = "\n".join(said)
    texts = [section, whole] if len(addresses) == 1 else [section]
    finding = find_reason(texts, stage=normalise(texts[-1]))
    return Recipient(address, finding.status, Reason.DELAYED if delayed else finding.reason, finding.evidence)


def _section(address: str, addresses: Sequence[str], said: Sequence[str]) -> list[str]:
    """The lines from where the address stands to where another one does."""
    section: list[str] = []
    inside = False
    for line in said:
        lower = line.lower()
        if address.lower() in lower:
            inside = True
        elif any(other.lower() in lower for other in addresses):
            inside = False
        if inside:
            section.append(line)
    return section
