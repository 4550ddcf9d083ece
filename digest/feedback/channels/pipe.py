"""Standard input: the mail server starts `digest feedback read -` for each message."""

import sys
from collections.abc import Generator
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from digest.feedback.reading import MAX_BYTES


class PipeSettings(BaseModel):
    """No keys: naming it says that the mail server pipes reports here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PipeChannel:
    """The channel of `kind: pipe`. There is nothing to fetch: messages come to the command."""

    kind: ClassVar[str] = "pipe"
    Settings = PipeSettings

    def __init__(self, settings: PipeSettings, folder: Path) -> None:
        pass

    def messages(self) -> Generator[bytes]:
        """None: they are not fetched."""
        yield from ()


class StandardInput:
    """One message on standard input."""

    kind: ClassVar[str] = "pipe"

    def messages(self) -> Generator[bytes]:
        """The message."""
        yield sys.stdin.buffer.read(MAX_BYTES)
        # What is beyond is read too, or the mail server would see a broken pipe and try again.
        while sys.stdin.buffer.read(MAX_BYTES):
            continue
