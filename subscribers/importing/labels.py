"""Takes apart a field that holds several labels, as each program writes it."""

import json
import re
from collections.abc import Iterator, Sequence

_LABEL = re.compile(r'"([^"]*)"|([^,;"\[\]]+)')


def by_semicolon(text: str) -> Sequence[str]:
    """`asia; nato`."""
    return [label for part in text.split(";") if (label := part.strip())]


def by_comma(text: str) -> Sequence[str]:
    """`asia, nato`, where a label may stand in quotes: `"Grand strategy","Asia, and more"`."""
    labels = (quoted or plain for quoted, plain in _LABEL.findall(text))
    return [label.strip() for label in labels if label.strip()]


def of_json(text: str) -> Sequence[str]:
    """Every text in a JSON value, and the keys of what is true: `{"topics": ["asia"], "nato": true}`."""
    try:
        return list(_texts(json.loads(text or "{}")))
    except (ValueError, RecursionError):
        return []


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for key, one in value.items():
                if one is True:
                    yield key
                yield from _texts(one)
