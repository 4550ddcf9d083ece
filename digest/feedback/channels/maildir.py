"""A Maildir: what is read moves from `new` to `cur`, as a mail program would do."""

from collections.abc import Generator
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from digest.errors import ChannelError
from digest.feedback.reading import MAX_BYTES


class MaildirSettings(BaseModel):
    """`path` counts from the folder of config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path


class MaildirChannel:
    """The channel of `kind: maildir`."""

    kind: ClassVar[str] = "maildir"
    Settings = MaildirSettings

    def __init__(self, settings: MaildirSettings, folder: Path) -> None:
        self._path = folder / settings.path

    def messages(self) -> Generator[bytes]:
        """The messages of `new`, the oldest name first. Raises ChannelError."""
        try:
            for file in sorted(self._new()):
                with file.open("rb") as opened:
                    raw = opened.read(MAX_BYTES)
                yield raw
                # S: seen. Nothing is deleted here: what becomes of read mail is its owner's affair.
                file.rename(self._path / "cur" / f"{file.name.partition(':')[0]}:2,S")
        except OSError as error:
            raise ChannelError(f"the Maildir {self._path} cannot be read: {error}") from error

    def _new(self) -> list[Path]:
        if not (self._path / "cur").is_dir():
            raise ChannelError(f"{self._path} is no Maildir: it needs the folders new and cur")
        return [file for file in (self._path / "new").iterdir() if not file.name.startswith(".")]
