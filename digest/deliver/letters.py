"""Makes the message for one delivery: its blueprint, filled; and its signature, where we have keys.

A few blueprints are kept, for neighbours share one.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

from digest.blueprint import Blueprint
from digest.deliver.form import Form
from digest.dkim import Prepared, Signer
from digest.types import Claimed, Clock, Ledger, Outgoing

_BLUEPRINTS_KEPT = 64
"""At 130 KB each about 8 MB; claims come in digest order, so more would not be asked for again."""


class LetterError(Exception):
    """This one letter cannot be made; `str()` says why."""


class Letters:
    """Fills blueprints. `token` names a delivery; `return_path` is the envelope sender with `{token}` in it.

    `signer` signs what is filled, by `clock`'s time; None: nobody does.
    """

    def __init__(
        self, ledger: Ledger, token: Callable[[int], str], return_path: str, signer: Signer | None, clock: Clock
    ) -> None:
        self._token = token
        self._clock = clock
        self._path_start, _, self._path_end = return_path.partition("{token}")

        @lru_cache(_BLUEPRINTS_KEPT)
        def ready(number: int) -> tuple[Form, Prepared | None]:
            form = Form.read(ledger.blueprint(number))
            return form, signer.prepare(Blueprint(form.pieces, form.slots)) if signer else None

        self._ready = ready

    def make(self, claimed: Claimed) -> Outgoing:
        """The message and its envelope. Raises LetterError for a damaged blueprint or a slot without a value."""
        try:
            form, _ = self._ready(claimed.blueprint_id)
        except (zlib.error, ValueError, TypeError) as error:
            raise LetterError(f"blueprint {claimed.blueprint_id} is damaged; compose the edition again") from error
        try:
            message, stuffed = form.fill(self._values(form, claimed))
        except KeyError as error:
            raise LetterError(f"the slot {error} has no value; compose the edition again") from error
        token = self._token(claimed.delivery_id)
        mail_from = f"{self._path_start}{token}{self._path_end}"
        return Outgoing(claimed.delivery_id, mail_from, claimed.address, message, token, stuffed)

    def begin_signature(self, claimed: Claimed) -> asyncio.Future[bytes] | None:
        """The DKIM-Signature that belongs before a message that could be made; None where nobody signs."""
        form, prepared = self._ready(claimed.blueprint_id)
        if prepared is None:
            return None
        # In a thread: OpenSSL frees the GIL, so that other workers go on and every core signs.
        signed_at = int(self._clock().timestamp())
        return asyncio.get_running_loop().run_in_executor(None, prepared.sign, self._values(form, claimed), signed_at)

    def _values(self, form: Form, claimed: Claimed) -> Mapping[str, str]:
        """What fills its slots: what was stored for it, and its token where a mail to us is to name it by that."""
        if not form.names_delivery:
            return claimed.slots
        return {**claimed.slots, "delivery": self._token(claimed.delivery_id)}
