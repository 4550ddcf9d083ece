"""Stores messages in a Maildir and reads them back. Power loss may cost some: this mail is for nobody."""

import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

_count = itertools.count()


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of the Maildir."""

    name: str
    content: bytes


class Maildir:
    """A Maildir; its three folders are made at once. Raises OSError where they cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in ("tmp", "new", "cur"):
            (path / folder).mkdir(parents=True, exist_ok=True)

    def store(self, mail_from: str, recipients: list[str], content: bytes) -> None:
        """Store one message, whole or not at all, with the envelope on top as a real server does it."""
        head = f"Return-Path: <{mail_from}>\r\n" + "".join(f"Delivered-To: {one}\r\n" for one in recipients)
        # Sorting names sorts by arrival, also within one nanosecond and after a restart.
        name = f"{time.time_ns()}.{os.getpid()}_{next(_count):08}.digest"
        part = self.path / "tmp" / name
        part.write_bytes(head.encode("utf-8", "replace") + content)
        part.rename(self.path / "new" / name)

    def names(self) -> list[str]:
        """The messages there are, newest first."""
        found = [path.name for folder in ("new", "cur") for path in (self.path / folder).iterdir() if path.is_file()]
        return sorted(found, reverse=True)

    def read(self, name: str) -> Stored | None:
        """One message; None for a name that is not in the Maildir, whatever it points at."""
        for folder in ("new", "cur"):
            path = self.path / folder / name
            if "/" not in name and "\0" not in name and not name.startswith(".") and path.is_file():
                return Stored(name, path.read_bytes())
        return None
