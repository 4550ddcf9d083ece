"""Keeps spreadsheets from running a field as a formula when somebody opens an export; an import takes it off again."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guard(text: str) -> str:
    """The field with an apostrophe in front, where it begins like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The field as it was before `guard`."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text
