"""Members of hostile JSON: of the type that is wanted, or empty."""

from typing import Any

Record = dict[str, Any]


def text_in(record: Record, name: str) -> str:
    """A member that is text."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def list_in(record: Record, name: str) -> list[Any]:
    """A member that is a list."""
    value = record.get(name)
    return value if isinstance(value, list) else []


def records_in(record: Record, name: str) -> list[Record]:
    """Those elements of a list that are objects."""
    return [one for one in list_in(record, name) if isinstance(one, dict)]


def record_in(record: Record, name: str) -> Record:
    """A member that is an object."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}
