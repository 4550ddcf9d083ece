"""Delivery status reports (RFC 3464; RFC 6533 with addresses beyond ASCII): fields → recipients."""

from collections.abc import Sequence

from digest.feedback.addresses import address_of, addresses_in, same
from digest.feedback.reading import Mail, first
from digest.feedback.reasons import find_reason, normalise
from digest.feedback.report import Reason, Recipient, Report, Verdict

_MAX_RECIPIENTS = 50
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
"""No failures (RFC 3464, section 2.3.3)."""
_WHO = ("original-recipient", "final-recipient", "x-actual-recipient")
"""The address we wrote to comes first: a forwarding server's own is no subscriber's (RFC 3464, section 2.3.1)."""

Block = dict[str, str]


def has_status(lines: Sequence[str]) -> bool:
    """Whether fields of a status report stand in these lines: some servers send them as plain text."""
    return any(line[:40].lower().startswith(("final-recipient:", "original-recipient:")) for line in lines)


def read_status(lines: Sequence[str], mail: Mail, said: Sequence[str]) -> Report | None:
    """The report in the fields of `lines`; None where they name no recipient. `said` is the text for people."""
    blocks = [block for block in read_blocks(lines) if any(name in block for name in _WHO)][:_MAX_RECIPIENTS]
    found = [(block.get("action", "").lower(), block) for block in blocks]
    failed = [(action, block) for action, block in found if not action.startswith(tuple(_DELIVERED))]
    if not found:
        return None
    if not failed:
        recipients = [Recipient(_who(block, mail), block.get("status", ""), action[:20]) for action, block in found]
        return Report(Verdict.DELIVERED, tuple(recipients), f"Action: {found[0][0]}")
    read = [_judge(block, action, mail, said, alone=len(failed) == 1) for action, block in failed]
    unique: list[Recipient] = []
    for recipient in read:
        if not any(same(recipient.address, other.address) for other in unique):
            unique.append(recipient)
    return failure(unique)


def failure(recipients: Sequence[Recipient]) -> Report:
    """A report on letters that did not arrive: hard where it is so for one of its recipients."""
    worst = next((one for one in recipients if one.verdict is Verdict.HARD), recipients[0])
    return Report(worst.verdict, tuple(recipients), worst.evidence)


def read_blocks(lines: Sequence[str]) -> list[Block]:
    """Groups of fields. An empty line ends one, and so does a name that comes again, for some servers leave it out."""
    blocks: list[Block] = [{}]
    last = ""
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not line.strip():
            # A block is over once it knows its recipient and what became of her.
            if any(who in blocks[-1] for who in _WHO) and ("action" in blocks[-1] or "status" in blocks[-1]):
                blocks.append({})
            last = ""
        elif line[0] in " \t" or not colon or " " in name or "/" in name:
            if last and len(blocks[-1][last]) < 4000:
                blocks[-1][last] += " " + line.strip()
        else:
            if name in blocks[-1] and name in (*_WHO, "action", "status"):
                blocks.append({})
            blocks[-1].setdefault(name, value.strip())
            last = name
        if len(blocks) > 4 * _MAX_RECIPIENTS:
            break
    return blocks


def _judge(block: Block, action: str, mail: Mail, said: Sequence[str], *, alone: bool) -> Recipient:
    address = _who(block, mail)
    diagnosis = block.get("diagnostic-code", "").removeprefix("smtp;").removeprefix("SMTP;").strip()
    words = "\n".join(said) if alone else "\n".join(_lines_about(address, said))
    finding = find_reason([diagnosis, words], status=block.get("status", ""), stage=normalise(words))
    reason = Reason.DELAYED if action.startswith("delayed") else finding.reason
    return Recipient(address, finding.status, reason, finding.evidence or f"Action: {action}")


def _who(block: Block, mail: Mail) -> str:
    found = [address_of(block[name]) for name in _WHO if name in block]
    found += addresses_in(mail.value("x-failed-recipients"))
    whole = (address for address in found if address.rpartition("@")[0])
    return next(whole, "") or next(iter(addresses_in(first(mail.returned, "to"))), "") or next(filter(None, found), "")


def _lines_about(address: str, said: Sequence[str]) -> list[str]:
    """The lines that name the address, each with the two that follow: servers put their answer there."""
    about: list[str] = []
    for number, line in enumerate(said):
        if address.lower() in line.lower():
            about += said[number : number + 3]
    return about
