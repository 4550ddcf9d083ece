"""Replies as they come over the line: bytes in any portions become whole answers, which are read only when wanted.

A server's words are its own: whatever they are, they become a reply that can be stored and printed.
"""

import re
from typing import Final

from digest.types import Reply, Stage

Answer = tuple[int, bytes]
"""A reply's code and its words, line by line. The code is 0 for what is no SMTP reply at all."""

LONGEST_BYTES: Final = 32 * 1024
"""Of one reply. RFC 5321, section 4.5.3.1.5 asks for lines of 512 octets; no honest server fills 64 of them."""

_CODES = {b"%d" % code: code for code in range(200, 600)}
_MARKS = (b" ", b"-", b"")
_GOOD = re.compile(rb"([245]\.\d{1,3}\.\d{1,3}) ([!-~][ -~]{0,900})")
"""The words of nearly every reply, which need no cleaning."""
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})(?:[ \t]+|$)", re.MULTILINE)
_TEXT_LIMIT = 1000
"""Characters of a server's words that are kept."""


class ReplyReader:
    """Collects the lines of replies. After something that is no reply nothing more is read: `broken`."""

    def __init__(self) -> None:
        self.broken = False
        self._unfinished = b""
        self._lines: list[bytes] = []
        self._code = 0
        self._size = 0

    def feed(self, data: bytes) -> list[Answer]:
        """The answers that these bytes complete. The last has the code 0 where the server speaks something else."""
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        answers: list[Answer] = []
        for line in lines:
            if self.broken:
                return answers
            self._take(line.rstrip(b"\r"), answers)
        if not self.broken and self._size + len(self._unfinished) > LONGEST_BYTES:
            self._break(self._unfinished, answers)
        return answers

    def _take(self, line: bytes, answers: list[Answer]) -> None:
        code, mark = _CODES.get(line[:3]), line[3:4]
        self._size += len(line)
        # Each line repeats the code (RFC 5321, section 4.2.1); the last one may lack its blank.
        if code is None or mark not in _MARKS or self._size > LONGEST_BYTES or code != (self._code or code):
            self._break(line, answers)
            return
        self._lines.append(line[4:])
        if mark == b"-":
            self._code = code
            return
        answers.append((code, b"\n".join(self._lines)))
        self._lines, self._size, self._code = [], 0, 0

    def _break(self, line: bytes, answers: list[Answer]) -> None:
        self.broken = True
        answers.append((0, line[:LONGEST_BYTES]))


def read_reply(stage: Stage, code: int, words: bytes) -> Reply:
    """What the server said. Something that is no SMTP reply has no code: nobody knows what it means.

    An enhanced code counts only where its class agrees with the reply's (RFC 2034, section 4).
    """
    good = _GOOD.fullmatch(words)
    if good and good[1][0] - 48 == code // 100:
        return Reply(stage, code, good[2].decode().rstrip(), good[1].decode())
    text = words.decode("utf-8", "replace")
    found = _ENHANCED.search(text)
    enhanced = found[1] if found and found[1][0] == str(code)[0] else ""
    text = _ENHANCED.sub("", text) if enhanced else text
    text = "".join(letter if letter.isprintable() else " " for letter in text.replace("\ufffd", " "))
    text = " ".join(text.split())[:_TEXT_LIMIT]
    return Reply(stage, code if 200 <= code <= 599 else None, text, enhanced)
