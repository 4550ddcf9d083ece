"""config.yaml as plain data that still knows on which line each value stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from digest.errors import ConfigError

Place = tuple[str | int, ...]
"""The way to a value: `("topics", 2, "slug")`."""

_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float", "null")}
_TEXT = {f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp")}


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where. Values that came from the environment know their variable instead of a line."""

    path: Path
    data: Mapping[str, Any] = field(repr=False)
    lines: Mapping[Place, int] = field(repr=False)
    variables: Mapping[Place, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that relative paths count from, absolute."""
        return self.path.absolute().parent

    def at(self, place: Place) -> Any:
        """The value at a place that exists."""
        value: Any = self.data
        for step in place:
            value = value[step]
        return value

    def line(self, place: Place) -> int | None:
        """The line of a place, or of the nearest one around it; counts from 1."""
        return next((self.lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self.lines), None)

    def last_line(self, place: Place) -> int:
        """The line of the last key or item inside a place."""
        return max((line for inner, line in self.lines.items() if inner[: len(place)] == place), default=0)

    def fault(self, place: Place, problem: str) -> ConfigError:
        """What is wrong at a place, as the error to raise."""
        variable = self.variables.get(place)
        if variable is not None:
            return ConfigError(variable, None, dotted(place), problem)
        return ConfigError(str(self.path), self.line(place), dotted(place), problem)


def dotted(place: Place) -> str:
    """A place as people write it: `topics[2].slug`; items count from 0."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def read(path: Path) -> Document:
    """Read a YAML file. Raises ConfigError where it is missing, broken, empty or no mapping."""
    node = _compose(path, _text(path))
    if node is None:
        raise ConfigError(str(path), None, "", "the file is empty; `digest init` writes one to start from")
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(str(path), _line(node), "", "this must be keys with values, like `site:`")
    reader = _Reader(str(path))
    return Document(path, reader.mapping(node, ()), reader.lines)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(str(path), None, "", "there is no such file; `digest init` writes one") from None
    except OSError as error:
        raise ConfigError(str(path), None, "", f"the file cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(str(path), line, "", "this is not UTF-8; save the file as UTF-8") from error


def _compose(path: Path, text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(str(path), line, "", "a control character stands here; take it out") from error
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark if _is_left_open(error) else error.problem_mark
        raise ConfigError(str(path), mark.line + 1 if mark else None, "", _broken(error)) from error
    except RecursionError:
        raise ConfigError(str(path), None, "", "brackets are nested too deeply; four levels are enough") from None


def _is_left_open(error: yaml.MarkedYAMLError) -> bool:
    """A quote or bracket that is not closed is noticed lines later; where it was opened is what is to be mended."""
    return any(word in (error.context or "") for word in ("quoted scalar", "flow"))


def _broken(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it cannot be read"
    if "\\t" in problem:
        return "a tab stands here; YAML is indented with spaces"
    return f"this is not YAML: {problem}; mind indentation, and put text with `: ` or ` #` in quotes"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


class _Reader:
    """Turns YAML nodes into plain data and notes the line of each key and item."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self._seen: set[int] = set()

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        """Keys must be text and different."""
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, place)
            if key in values:
                first = self.lines[(*place, key)]
                raise self._fault(key_node, (*place, key), f"this key stands on line {first} already; keep one")
            self.lines[(*place, key)] = _line(key_node)
            values[key] = self._value(value_node, (*place, key))
        return values

    def _key(self, node: yaml.Node, place: Place) -> str:
        if node.tag not in _TEXT:
            raise self._fault(node, place, "a key must be text; put it in quotes")
        return str(node.value)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        # An alias is the same node again; refusing it keeps every value on one line and loops out of the data.
        if id(node) in self._seen:
            raise self._fault(node, place, "an alias (`*name`) is not taken here; write the value out")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*place, number)) for number, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _item(self, node: yaml.Node, place: Place) -> Any:
        self.lines[place] = _line(node)
        return self._value(node, place)

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        if node.tag in _TEXT:
            return node.value
        if node.tag not in _SCALARS:
            raise self._fault(node, place, "this YAML tag is not known here; put the value in quotes")
        try:
            return yaml.SafeLoader("").construct_object(node)
        except ValueError as error:
            raise self._fault(node, place, "this is not a number; put text in quotes") from error

    def _fault(self, node: yaml.Node, place: Place, problem: str) -> ConfigError:
        return ConfigError(self.file, _line(node), dotted(place), problem)
