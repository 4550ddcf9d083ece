"""What came back, as values: the verdict, whom it is about, the line that decided, and what may name the delivery."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a message says about our mail."""

    HARD = "hard"
    """The mailbox or its domain does not exist: do not write there again."""
    SOFT = "soft"
    """Not delivered, or not yet, for a reason that may pass or that is not the reader's."""
    COMPLAINT = "complaint"
    """The reader called it spam."""
    UNSUBSCRIBE = "unsubscribe"
    AUTO_REPLY = "auto-reply"
    DELIVERED = "delivered"
    NONE = "none"
    """Nothing about our mail that this program understands."""


class Reason(StrEnum):
    """Why a message was not delivered."""

    USER_UNKNOWN = "user-unknown"
    HOST_UNKNOWN = "host-unknown"
    MOVED = "moved"
    NO_MAIL = "no-mail"
    """The domain says that it takes no mail (RFC 7505)."""
    FULL = "full"
    DISABLED = "disabled"
    AUTHENTICATION = "authentication"
    SPAM = "spam"
    POLICY = "policy"
    BLOCKED = "blocked"
    RATE = "rate"
    TOO_BIG = "too-big"
    CONTENT = "content"
    FILTERED = "filtered"
    """Refused after the address was accepted."""
    EXPIRED = "expired"
    NETWORK = "network"
    SYSTEM = "system"
    DELAYED = "delayed"
    """The relay still tries: no failure, or not yet."""
    OTHER = "other"


HARD = frozenset({Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.MOVED, Reason.NO_MAIL})
"""What will not pass (RFC 3463, sections 3.2 and 3.3). Everything else says nothing against the address."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of a report; `address` may be empty, where the report hides it."""

    address: str
    status: str = ""
    """The enhanced status code (RFC 3463), the most telling one of the report; empty: there is none."""
    reason: str = ""
    """A `Reason` for what was not delivered, else empty or the report's own word."""
    evidence: str = ""

    @property
    def verdict(self) -> Verdict:
        """Hard or soft: what the reason means for this address."""
        return Verdict.HARD if self.reason in HARD else Verdict.SOFT


@dataclass(frozen=True, slots=True)
class Marks:
    """What may name the delivery a report is about. Nothing of it is trusted before its signature is checked."""

    deliveries: tuple[str, ...] = ()
    """What looks like a delivery's token: of the address the report came to, of ENVID, of the returned header."""
    links: tuple[str, ...] = ()
    """What looks like a token of our unsubscribe page, in the returned List-Unsubscribe."""
    message_id: str = ""
    """The returned Message-ID, without brackets."""


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one message."""

    verdict: Verdict
    recipients: tuple[Recipient, ...] = ()
    evidence: str = ""
    """The line that decided, as it came."""
    marks: Marks = Marks()
