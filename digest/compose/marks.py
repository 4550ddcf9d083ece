"""Marks: how a template says where a slot stands. They exist only between rendering and the finished blueprint.

A mark is alphanumeric, so that neither HTML nor MJML nor line wrapping changes it, and it holds a nonce of this
compose, which no article can know.
"""

import re
from collections import Counter
from collections.abc import Collection

from digest.blueprint import Place, Slot
from digest.errors import ComposeError

_SHORTEST_NONCE = 16
"""Characters; 16 of hex are 64 bits, far beyond guessing."""


class Marks:
    """The marks of one nonce for the slots `links`, each a token at the end of a link that templates place.

    Raises ValueError for a nonce that is short or not alphanumeric ASCII.
    """

    def __init__(self, nonce: str, links: Collection[str]) -> None:
        if len(nonce) < _SHORTEST_NONCE or not (nonce.isascii() and nonce.isalnum()):
            raise ValueError(f"a nonce is at least {_SHORTEST_NONCE} ASCII letters and digits, not {nonce!r}")
        self._nonce = nonce
        self._links = links
        # Of nothing to place nothing is found: an empty group would match.
        self._pattern = re.compile(f"slot{nonce}({'|'.join(links) or '(?!)'})")

    def mark(self, name: str) -> str:
        """What stands in a rendered template for the slot called `name`."""
        return f"slot{self._nonce}{name}"

    def refuse_in(self, values: object) -> None:
        """Raise ComposeError where the nonce occurs in what is to be rendered: only templates may place marks."""
        if self._nonce in repr(values):
            raise ComposeError("the content holds this compose's own nonce; compose it again with a fresh one")

    def check(self, template: str, rendered: str, finished: str) -> None:
        """Raise ComposeError unless every link a template must carry is there, as often as it was rendered."""
        expected = Counter(self._pattern.findall(rendered))
        for name in self._links:
            if not expected[name]:
                raise ComposeError(f"{template}: the letter must hold {{{{ {name}_url }}}} at least once; add it")
        if Counter(self._pattern.findall(finished)) != expected:
            raise ComposeError(f"{template}: a link was lost or doubled in MJML; write it in the href of a plain <a>")

    def split(self, text: str, place: Place) -> list[str | Slot]:
        """The text between marks, and a slot where each mark was."""
        # `re.split` with one group gives text and slot names in turn.
        parts = self._pattern.split(text)
        return [Slot(part, place) if index % 2 else part for index, part in enumerate(parts)]
