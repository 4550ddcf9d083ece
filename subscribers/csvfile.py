"""Reads a list of subscribers as spreadsheets save them: CSV with the columns email, name and topics, in any order."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from subscribers.errors import ListRefusedError, RefusedRow

_COLUMNS = ("email", "name", "topics")
_CHUNK_BYTES = 1 << 20
_HEADER_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file. `number` counts as a spreadsheet shows it; `topics` None: no such column."""

    number: int
    email: str
    name: str
    topics: str | None


def read_rows(file: BinaryIO) -> Iterator[Row | RefusedRow]:
    """Give the rows of a file that can be rewound, one by one; empty ones are passed over.

    Raises ListRefusedError where it is no such file: without a header, with an unknown column, or broken.
    """
    text = io.TextIOWrapper(file, encoding=_encoding(file), errors="replace", newline="")
    try:
        header_line = text.readline(_HEADER_CHARACTERS)
        delimiter = max(",;\t", key=header_line.count)
        columns = _columns(next(csv.reader([header_line], delimiter=delimiter), []))
        yield from _rows(csv.reader(text, delimiter=delimiter, strict=True), columns)
    finally:
        text.detach()  # the file belongs to the caller, who closes it


def _rows(records: Iterator[list[str]], columns: Sequence[str]) -> Iterator[Row | RefusedRow]:
    email = columns.index("email")
    name = columns.index("name") if "name" in columns else None
    topics = columns.index("topics") if "topics" in columns else None
    width = len(columns)
    number = 1
    try:
        for number, record in enumerate(records, start=2):
            if not any(record):
                continue
            if len(record) == width:
                yield Row(
                    number,
                    record[email].strip(),
                    "" if name is None else record[name],
                    None if topics is None else record[topics],
                )
            else:
                yield RefusedRow(number, f"has {len(record)} fields where the header has {width}")
    except csv.Error as error:
        raise ListRefusedError(f"row {number + 1} cannot be read ({error}); save the list as CSV again") from error


def _columns(header: Sequence[str]) -> list[str]:
    columns = [title.strip().casefold() for title in header]
    if "email" not in columns:
        raise ListRefusedError("row 1 must name the columns: email, and if you like name and topics")
    for column in columns:
        if column not in _COLUMNS or columns.count(column) > 1:
            # Passing over an unknown column would turn a misspelt `topics` into every topic for everybody.
            raise ListRefusedError(
                f"row 1: the column {column!r} is unknown or twice; there are email, name and topics"
            )
    return columns


def _encoding(file: BinaryIO) -> str:
    """UTF-8, with or without a byte order mark, where the whole file is that; else what Windows spreadsheets write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8-sig"
