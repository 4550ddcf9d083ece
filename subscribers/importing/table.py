"""Reads the rows of a list: CSV or TSV as spreadsheets and other programs save it, or the JSON that we export."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from subscribers.errors import ListRefusedError, RefusedRow
from subscribers.importing.encoding import find_encoding
from subscribers.importing.layouts import FIELDS, Layout, find_layout
from subscribers.spreadsheet import unguard

_HEADER_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file. `number` counts as a spreadsheet shows it: the header is row 1."""

    number: int
    record: Sequence[str]


def open_list(file: BinaryIO, wanted: Mapping[str, str]) -> tuple[Layout, Iterator[Row | RefusedRow]]:
    """The layout of a file that can be rewound, and its rows one by one; empty ones are passed over.

    The rows must be read before the file is closed. Raises ListRefusedError, now or while reading, where it is no such
    file: without a header, with a column that means nothing, or broken.
    """
    text = io.TextIOWrapper(
        io.BufferedReader(_Borrowed(file)), encoding=find_encoding(file), errors="replace", newline=""
    )
    first = text.readline(_HEADER_CHARACTERS)
    if first.strip() in ("[", "[]"):
        return find_layout(FIELDS, {}), _json_rows(text)
    delimiter = max(",;\t", key=first.count)
    try:
        header = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error as error:
        raise _broken(1, error) from error
    layout = find_layout(header, wanted)
    return layout, _rows(csv.reader(text, delimiter=delimiter, strict=True), layout.width)


class _Borrowed(io.RawIOBase):
    """A file that stays open when its reader is done with it: it belongs to the caller."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; how many bytes there were."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _rows(records: Iterator[list[str]], width: int) -> Iterator[Row | RefusedRow]:
    number = 1
    try:
        for number, record in enumerate(records, start=2):
            if len(record) == width and any(record):
                yield Row(number, list(map(unguard, record)))
            elif any(record):
                yield RefusedRow(number, f"has {len(record)} fields where the header has {width}")
    except csv.Error as error:
        raise _broken(number + 1, error) from error


def _broken(number: int, error: csv.Error) -> ListRefusedError:
    return ListRefusedError(f"row {number} cannot be read ({error}); save the list as CSV again")


def _json_rows(text: TextIO) -> Iterator[Row | RefusedRow]:
    """One object a line, as our export writes them."""
    for number, line in enumerate(text, start=2):
        written = line.strip().rstrip(",")
        if written in ("", "]"):
            continue
        try:
            values = json.loads(written)
            yield Row(number, [_as_text(values.get(field)) for field in FIELDS])
        except (ValueError, AttributeError, RecursionError):
            yield RefusedRow(number, "is no JSON object; only what `digest subscribers export` writes is read")


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case list():
            return ";".join(map(str, value))
        case _:
            return str(value)
