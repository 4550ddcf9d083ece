"""Reads a foreign document in a process of its own, within limits of processor time and memory.

Whatever a document does to a parser (endless work, a regular expression that never ends, a crash) stays there: the
other sources go on meanwhile, and two documents are read at once on two cores.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import FrameType
from typing import TypeVar, TypeVarTuple

from digest.errors import SourceError

Values = TypeVarTuple("Values")
Result = TypeVar("Result")

_SECONDS = 10.0
"""Of processor time; a feed of 5 MB takes 5."""
_GRACE_SECONDS = 2
_MOST_BYTES = 2_000_000_000
_PROCESSES = min(2, os.cpu_count() or 1)

_pool: ProcessPoolExecutor | None = None


class _TooMuchWorkError(BaseException):
    """Raised within a document's parser; not an Exception, because parsers catch those."""


async def apart(read: Callable[[*Values], Result], *values: *Values) -> Result:
    """What a function of a module makes of a document. Raises what it raises, and SourceError for too much work."""
    work = partial(read, *values)
    try:
        return await _done_by(_shared_pool(), work)
    except BrokenProcessPool:
        # A document has ended the process that others share; which one it was shows when each has a process of its own.
        _forget_pool()
    with _new_pool(1) as own:
        try:
            return await _done_by(own, work)
        except BrokenProcessPool:
            raise SourceError("it cannot be read: whoever tries breaks down or never ends") from None


async def _done_by(pool: ProcessPoolExecutor, work: Callable[[], Result]) -> Result:
    try:
        return await asyncio.wrap_future(pool.submit(_within_limits, _SECONDS, work))
    except _TooMuchWorkError:
        raise SourceError(f"it is more work to read than {_SECONDS:g} seconds allow") from None


def _within_limits(seconds: float, work: Callable[[], Result]) -> Result:
    # The timer ends Python code. The kernel ends the process where C code lets no timer through.
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds + _GRACE_SECONDS))
    # Again and again, for a parser may swallow even this.
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.1)
    try:
        return work()
    except MemoryError:
        raise SourceError("it takes more memory to read than is allowed") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit(what: int, value: int) -> None:
    """Set a limit of this process, within what its owner allows."""
    most = resource.getrlimit(what)[1]
    resource.setrlimit(what, (value if most == resource.RLIM_INFINITY else min(value, most), most))


def _shared_pool() -> ProcessPoolExecutor:
    global _pool
    if _pool is None:
        _pool = _new_pool(_PROCESSES)
    return _pool


def _forget_pool() -> None:
    global _pool
    if _pool is not None:
        _pool.shutdown(wait=False)
    _pool = None


def _new_pool(processes: int) -> ProcessPoolExecutor:
    # Not forked: a fork of a program with threads may find their locks taken for ever.
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin)


def _begin() -> None:
    """Make ready a process that reads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started it
    signal.signal(signal.SIGPROF, _stop_reading)
    _limit(resource.RLIMIT_AS, _MOST_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _stop_reading(_signal: int, _frame: FrameType | None) -> None:
    raise _TooMuchWorkError


def _end_with_parent() -> None:
    """A parent that is killed cannot end its processes; they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)
