"""Messages that lie in files: one a file, a folder of them, a Maildir, an mbox. Only reads."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from digest.feedback.reading import MAX_BYTES

_SEPARATOR = re.compile(rb"From \S+ +\w{3} \w{3} [ \d]\d \d\d:\d\d")
"""The line between the messages of an mbox (RFC 4155)."""


def messages_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every message of a path with its name, in order; `-` is standard input. Raises OSError."""
    if str(path) == "-":
        yield "-", sys.stdin.buffer.read(MAX_BYTES)
    elif path.is_dir():
        # A Maildir is a folder of files too; what is still being delivered lies in tmp and is not read.
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.name.startswith(".") and file.parent.name != "tmp":
                yield from _file(file)
    else:
        yield from _file(path)


def _file(file: Path) -> Iterator[tuple[str, bytes]]:
    with file.open("rb") as opened:
        if file.suffix != ".eml" and _SEPARATOR.match(opened.readline()):
            for number, message in enumerate(split_mbox(opened), 1):
                yield f"{file}#{number}", message
        else:
            opened.seek(0)
            yield str(file), opened.read(MAX_BYTES)


def split_mbox(opened: IO[bytes]) -> Iterator[bytes]:
    """The messages of an mbox after its first separator, each cut where the parser would cut it."""
    message: list[bytes] = []
    size, after_blank = 0, False
    for line in opened:
        if after_blank and _SEPARATOR.match(line):
            yield b"".join(message)
            message, size = [], 0
        elif size < MAX_BYTES:
            message.append(line)
            size += len(line)
        after_blank = not line.strip()
    yield b"".join(message)
