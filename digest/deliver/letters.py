"""Makes the message for one delivery: its blueprint, filled. A few blueprints are kept, for neighbours share one."""

import zlib
from collections.abc import Callable
from functools import lru_cache

from digest.blueprint import Blueprint
from digest.types import Claimed, Ledger, Outgoing

_BLUEPRINTS_KEPT = 64
"""At 130 KB each about 8 MB; claims come in digest order, so more would not be asked for again."""


class LetterError(Exception):
    """This one letter cannot be made; `str()` says why."""


class Letters:
    """Fills blueprints. `return_path` gives the envelope sender of a delivery."""

    def __init__(self, ledger: Ledger, return_path: Callable[[int], str]) -> None:
        self._return_path = return_path
        self._blueprint = lru_cache(_BLUEPRINTS_KEPT)(lambda number: Blueprint.from_bytes(ledger.blueprint(number)))

    def make(self, claimed: Claimed) -> Outgoing:
        """The message and its envelope. Raises LetterError for a damaged blueprint or a slot without a value."""
        try:
            blueprint = self._blueprint(claimed.blueprint_id)
        except (zlib.error, ValueError, TypeError) as error:
            raise LetterError(f"blueprint {claimed.blueprint_id} is damaged; compose the edition again") from error
        try:
            message = blueprint.fill(claimed.slots)
        except KeyError as error:
            raise LetterError(f"the slot {error} has no value; compose the edition again") from error
        mail_from = self._return_path(claimed.delivery_id)
        return Outgoing(claimed.delivery_id, mail_from, claimed.address, message)
