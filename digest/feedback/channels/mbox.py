"""An mbox: what is read is taken out of the file, under the locks that mail servers keep too."""

import mailbox
from collections.abc import Generator
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from digest.errors import ChannelError
from digest.feedback.reading import MAX_BYTES


class MboxSettings(BaseModel):
    """`path` counts from the folder of config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path


class MboxChannel:
    """The channel of `kind: mbox`."""

    kind: ClassVar[str] = "mbox"
    Settings = MboxSettings

    def __init__(self, settings: MboxSettings, folder: Path) -> None:
        self._path = folder / settings.path

    def messages(self) -> Generator[bytes]:
        """The messages of the file in order. Raises ChannelError where it is missing or somebody keeps it locked."""
        try:
            box = mailbox.mbox(self._path, create=False)
            box.lock()
        except (OSError, mailbox.Error) as error:
            raise ChannelError(f"the mbox {self._path} cannot be read: {error}") from error
        try:
            for key in box.keys():  # noqa: SIM118 - an mbox iterates over its messages, not its keys
                with box.get_file(key) as opened:
                    raw = opened.read(MAX_BYTES)
                yield raw
                box.discard(key)
        except (OSError, mailbox.Error) as error:
            raise ChannelError(f"the mbox {self._path} cannot be read: {error}") from error
        finally:
            # Here too when nobody asks for more: what is committed goes, the rest stays.
            box.flush()
            box.unlock()
            box.close()
