"""What pydantic found, as one sentence about the first fault in the order of the file."""

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from digest.config.document import Document, Place
from digest.config.models import keys_of
from digest.errors import ConfigError

_WORDS = {
    "missing": "missing; this key is required",
    "string_type": "wants text; put it in quotes",
    "string_too_short": "must not be empty",
    "int_type": "wants a whole number",
    "int_parsing": "wants a whole number",
    "int_from_float": "wants a whole number",
    "float_type": "wants a number",
    "float_parsing": "wants a number",
    "bool_type": "wants true or false",
    "bool_parsing": "wants true or false",
    "tuple_type": "wants a list, like [a, b]",
    "list_type": "wants a list, like [a, b]",
    "dict_type": "wants keys with values, like `key: value`",
    "mapping_type": "wants keys with values, like `key: value`",
    "model_type": "wants keys with values, like `key: value`",
    "too_short": "wants at least {min_length} of them",
    "literal_error": "unknown value; allowed: {expected}",
    "greater_than_equal": "wants a number of at least {ge}",
    "less_than_equal": "wants a number of at most {le}",
    "value_error": "{error}",
    "misfit": "{problem}",
}


def misfit(place: Place, problem: str) -> PydanticCustomError:
    """A fault that a validator found at another place than its own; `place` counts from the top of the file."""
    return PydanticCustomError("misfit", "misfit", {"place": place, "problem": problem})


def first_fault(
    document: Document, place: Place, model: type[BaseModel], error: ValidationError, also: Sequence[str] = ()
) -> ConfigError:
    """The first fault of `model` read at `place`. `also` are keys known there that the model does not have."""
    faults = [(_place(place, details), details) for details in error.errors(include_url=False)]
    found, details = min(faults, key=lambda fault: _order(document, *fault))
    return document.fault(found, _words(model, details, also))


def _place(place: Place, details: ErrorDetails) -> Place:
    if details["type"] == "misfit":
        return tuple(details["ctx"]["place"])
    return (*place, *(step for step in details["loc"] if step != "[key]"))


def _order(document: Document, place: Place, details: ErrorDetails) -> tuple[int, bool]:
    # A key is known to be missing where its section ends; what was written instead of it, misspelt, comes before.
    missing = details["type"] == "missing"
    return document.last_line(place[:-1]) if missing else document.line(place) or 0, missing


def _words(model: type[BaseModel], details: ErrorDetails, also: Sequence[str]) -> str:
    kind, facts = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        *around, key = details["loc"]
        return _unknown_key(str(key), [*_keys_at(model, around), *(also if not around else ())])
    return _WORDS[kind].format_map(facts) if kind in _WORDS else details["msg"]


def _unknown_key(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"unknown key; {hint}known here: {', '.join(sorted(known))}"


def _keys_at(model: type[BaseModel], steps: Sequence[str | int]) -> list[str]:
    """The keys known at a place inside a model: a step into a list or mapping stays with the model of its values."""
    for step in steps:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            model = _model_in(fields[str(step)].annotation) or model
    return keys_of(model)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
