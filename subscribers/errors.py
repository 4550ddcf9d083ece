"""Every error this package raises on purpose; `str()` is one sentence that says what is wrong and what to do.

SubscribersError
├── AddressError      a text is not an address one can write to
├── RefusedError      this person has left or may not be written to, and only she can change that
├── StrangerError     nobody with this address is known
├── AddressTakenError another subscriber has this address already
└── ListRefusedError  a list cannot be imported as it is; nothing of it was stored
"""

from collections.abc import Sequence
from dataclasses import dataclass


class SubscribersError(Exception):
    """Something about a subscriber or a list of them that the person at the keyboard can mend."""


@dataclass
class AddressError(SubscribersError):
    """A text that is not an address. `problem` is a clause in plain words."""

    text: str
    problem: str

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 80 else self.text[:79] + "…"
        return f"{shown!r} is not an address: {self.problem}"


@dataclass
class RefusedError(SubscribersError):
    """Somebody else asked to subscribe a person who does not want it. `reason` is why she is not written to."""

    reason: str

    def __str__(self) -> str:
        return f"this address is not written to ({self.reason}); only its owner can subscribe it again"


@dataclass
class StrangerError(SubscribersError):
    """Somebody asked about a person who is not known: she never came, or she was erased."""

    address: str

    def __str__(self) -> str:
        return f"nobody with the address {self.address} is known; `digest subscribers list` shows who is"


class AddressTakenError(SubscribersError):
    """Somebody wants an address that another subscriber has."""

    def __str__(self) -> str:
        return "this address has a subscription of its own; leave with one of the two"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be taken. `number` counts as a spreadsheet shows it: the header is row 1."""

    number: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.number}: {self.reason}"


@dataclass
class ListRefusedError(SubscribersError):
    """A list that was refused as a whole. `rows` are the first of the `count` at fault; empty where the file is."""

    problem: str
    rows: Sequence[RefusedRow] = ()
    count: int = 0

    def __str__(self) -> str:
        if not self.rows:
            return self.problem
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return f"{self.rows[0]}{more}; {self.problem}"
