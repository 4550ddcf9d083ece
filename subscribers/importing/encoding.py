"""In which encoding a list was saved."""

import codecs
from typing import BinaryIO

_CHUNK_BYTES = 1 << 20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def find_encoding(file: BinaryIO) -> str:
    """The codec of a file, which is rewound.

    A byte order mark tells; without one, zero bytes betray UTF-16 (a header is mostly ASCII), and on which side they
    stand its byte order. What is UTF-8 as a whole is that; all else is what Windows spreadsheets write.
    """
    head = file.read(4096)
    file.seek(0)
    for mark, codec in _MARKS.items():
        if head.startswith(mark):
            return codec
    if b"\0" in head:
        return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
    return "utf-8" if _is_utf_8(file) else "cp1252"


def _is_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True
