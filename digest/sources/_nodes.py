"""Structured data of a web page: JSON-LD and microdata, both as nodes of plain members (https://schema.org)."""

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from digest.sources._text import text_of

Node = dict[str, Any]

_MOST_NODES = 2000
_LONGEST_SCRIPT = 500_000
# Where the value of a property stands, by element (HTML, section 5.2.4).
_VALUES = {"meta": "content", "a": "href", "link": "href", "img": "src", "time": "datetime", "data": "value"}


def nodes(root: etree._Element) -> list[Node]:
    """Every node on a page that says what it is; JSON-LD first. A reference to another node is put in its place."""
    found = list(_walk(list(_scripts(root))))
    named = {node["@id"]: node for node in found if isinstance(node.get("@id"), str) and len(node) > 1}
    return [_resolved(node, named) for node in found if types_of(node)] + list(_microdata(root))


def types_of(node: Node) -> list[str]:
    """What a node says it is: `NewsArticle`."""
    said = node.get("@type")
    return [one.rpartition("/")[2] for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)]


def values(node: Node, name: str) -> list[Any]:
    """The values of a member, be there none, one or several."""
    value = node.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def texts(node: Node, *names: str) -> list[str]:
    """The texts of the first of these members that has any; of a node its name stands for it."""
    for name in names:
        found = [text for value in values(node, name) if (text := _text(value))]
        if found:
            return found
    return []


def text(node: Node, *names: str) -> str:
    """The first text of the first of these members that has one."""
    return next(iter(texts(node, *names)), "")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return next((one for name in ("name", "@value", "url", "@id") if isinstance(one := value.get(name), str)), "")
    return value if isinstance(value, str) else ""


def _scripts(root: etree._Element) -> Iterator[Any]:
    for script in root.iter("script"):
        content = script.text or ""
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            try:
                # strict: many a site leaves line ends within its texts.
                yield json.loads(content[:_LONGEST_SCRIPT].strip().removesuffix(";"), strict=False)
            except (ValueError, RecursionError):
                continue


def _walk(values: list[Any]) -> Iterator[Node]:
    """Every object within, outermost first."""
    for _ in range(_MOST_NODES):
        if not values:
            return
        value = values.pop(0)
        if isinstance(value, dict):
            yield value
            values.extend(inner for inner in value.values() if isinstance(inner, (dict, list)))
        elif isinstance(value, list):
            values.extend(inner for inner in value if isinstance(inner, (dict, list)))


def _resolved(node: Node, named: dict[str, Node]) -> Node:
    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(one) for one in value]
        if isinstance(value, dict) and isinstance(name := value.get("@id"), str) and len(value) == 1:
            return named.get(name, value)
        return value

    return {name: resolve(value) for name, value in node.items()}


def _microdata(root: etree._Element) -> Iterator[Node]:
    for count, element in enumerate(root.iter("*")):
        if element.get("itemscope") is not None and element.get("itemtype") and count < _MOST_NODES * 10:
            yield _item(element)


def _item(scope: etree._Element) -> Node:
    node: Node = {"@type": (scope.get("itemtype") or "").split()}
    inside = list(scope)
    for _ in range(_MOST_NODES):
        if not inside:
            break
        element = inside.pop(0)
        is_scope = element.get("itemscope") is not None
        for name in (element.get("itemprop") or "").split():
            node.setdefault(name, []).append(_item_name(element) if is_scope else _value(element))
        if not is_scope:
            inside[:0] = list(element)
    return node


def _item_name(scope: etree._Element) -> str:
    name = next((one for one in scope.iter("*") if one.get("itemprop") == "name"), None)
    return _value(scope if name is None else name)


def _value(element: etree._Element) -> str:
    attribute = _VALUES.get(str(element.tag))
    return (attribute and element.get(attribute)) or element.get("content") or text_of(element, tail=False)
