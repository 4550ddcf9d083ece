"""Makes the message for one delivery: its blueprint, filled. A few blueprints are kept, for neighbours share one."""

import zlib
from collections.abc import Callable
from functools import lru_cache

from digest.deliver.form import Form
from digest.types import Claimed, Ledger, Outgoing

_BLUEPRINTS_KEPT = 64
"""At 130 KB each about 8 MB; claims come in digest order, so more would not be asked for again."""


class LetterError(Exception):
    """This one letter cannot be made; `str()` says why."""


class Letters:
    """Fills blueprints. `token` names a delivery; `return_path` is the envelope sender with `{token}` in it."""

    def __init__(self, ledger: Ledger, token: Callable[[int], str], return_path: str) -> None:
        self._token = token
        self._path_start, _, self._path_end = return_path.partition("{token}")
        self._form = lru_cache(_BLUEPRINTS_KEPT)(lambda number: Form.read(ledger.blueprint(number)))

    def make(self, claimed: Claimed) -> Outgoing:
        """The message and its envelope. Raises LetterError for a damaged blueprint or a slot without a value."""
        try:
            form = self._form(claimed.blueprint_id)
        except (zlib.error, ValueError, TypeError) as error:
            raise LetterError(f"blueprint {claimed.blueprint_id} is damaged; compose the edition again") from error
        try:
            message, stuffed = form.fill(claimed.slots)
        except KeyError as error:
            raise LetterError(f"the slot {error} has no value; compose the edition again") from error
        token = self._token(claimed.delivery_id)
        mail_from = f"{self._path_start}{token}{self._path_end}"
        return Outgoing(claimed.delivery_id, mail_from, claimed.address, message, token, stuffed)
