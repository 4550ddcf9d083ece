"""Where the record is asked: in the event loop where it answers at once, else in a thread."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from digest.types import Ledger

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


async def ask(
    ledger: Ledger, call: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Make one of the ledger's calls."""
    if ledger.inline:
        return call(*args, **kwargs)
    return await asyncio.to_thread(call, *args, **kwargs)
