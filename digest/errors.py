"""Every error this program raises on purpose. Each carries its facts and says, in one sentence, what to do.

DigestError
├── ConfigError         config.yaml, the environment, or a template is wrong
├── SourceError         one source could not be read; the others go on
│   └── FetchError      its server did not answer as it should
├── ComposeError        a letter could not be composed
├── DatabaseError       the database is missing, too old, too new, or not ours
├── SecretsError        the secrets file is missing, unreadable or belongs to another database
├── EditionError        what was asked of an edition does not fit its state
│   └── GateError       a letter of it breaks a rule that letters must keep
├── ChannelError        a mailbox that feedback comes to cannot be read
├── ImportRefusedError  a list of subscribers has rows that cannot be taken
└── OwnershipLostError  another sender has taken over this sender's deliveries
"""

from dataclasses import dataclass
from datetime import timedelta


class DigestError(Exception):
    """Something went wrong that the person at the keyboard can mend. `str()` is one sentence for them."""


@dataclass
class ConfigError(DigestError):
    """A setting is wrong. `line` counts from 1; None where the fault has no line of its own."""

    file: str
    line: int | None
    key: str
    problem: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.problem}" if self.key else f"{place}: {self.problem}"


@dataclass
class SourceError(DigestError):
    """What one source gave could not be read. `problem` is a clause in plain words; the caller names the source."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@dataclass
class FetchError(SourceError):
    """The server of a source did not answer as it should. `status` is None where no answer came at all."""

    url: str
    status: int | None = None
    retry_after: timedelta | None = None
    """How long the server wants to be left alone."""


class ComposeError(DigestError):
    """A letter could not be composed."""


class DatabaseError(DigestError):
    """The database cannot be used as it is."""


class SecretsError(DigestError):
    """The secrets are missing, unreadable, or not those the database was made with."""


class EditionError(DigestError):
    """What was asked of an edition does not fit its state."""


class GateError(EditionError):
    """A letter of an edition breaks a rule that letters must keep, so it may not go out."""


class ChannelError(DigestError):
    """A mailbox or file that feedback comes to cannot be read; what was read before is recorded."""


class ImportRefusedError(DigestError):
    """A list of subscribers was refused as a whole; nothing of it was stored."""


class OwnershipLostError(DigestError):
    """This sender's lease ran out and another sender has taken over its deliveries; it sends nothing more."""
