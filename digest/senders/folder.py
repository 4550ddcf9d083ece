"""Writes each letter to a file of its own, `<delivery id>.eml`, for those who hand mail over in another way."""

import asyncio
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from digest.types import Connection, Outgoing, Reply, Stage


class FolderSettings(BaseModel):
    """`path` counts from the folder of config.yaml. One writer is as quick as many: the disk decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    connections: Literal[1] = 1


class FolderSender:
    """The sender of `kind: folder`, and its only relay."""

    kind: ClassVar[str] = "folder"
    Settings = FolderSettings

    def __init__(self, settings: FolderSettings, folder: Path) -> None:
        self._path = folder / settings.path
        self.connections = settings.connections
        self.relays = (self,)
        self.name = f"folder:{self._path.name}"
        self.weight = 1

    async def connect(self) -> Connection | Reply:
        """Make the folder where it is missing; the reply says why it cannot be made."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return Reply(Stage.CONNECT, None, f"the folder {self._path} cannot be made: {error.strerror}")
        return _Folder(self._path)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.usable = True

    async def send(self, mail: Outgoing, following: Outgoing | None = None) -> Reply:
        """Write whole or not at all. The name is the same on every try, so a repeated letter is still one file."""
        try:
            await asyncio.to_thread(self._write, mail)
        except OSError as error:
            self.usable = False
            # A full disk is nobody's letter's fault: told at MAIL it concerns the whole folder.
            return Reply(Stage.MAIL, 452, f"the letter cannot be written: {error.strerror}", "4.3.1")
        return Reply(Stage.BODY, 250, "written", "2.0.0")

    def _write(self, mail: Outgoing) -> None:
        part = self._path / f".{mail.delivery_id}.part"
        try:
            part.write_bytes(mail.message)
            part.replace(self._path / f"{mail.delivery_id}.eml")
        except OSError:
            part.unlink(missing_ok=True)
            raise

    async def close(self) -> None:
        """Nothing is kept open."""
        self.usable = False
