"""A document that is too much work, or a parser that breaks down, costs nobody else anything."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections import deque
from itertools import repeat

import pytest

from digest.errors import SourceError
from digest.sources import _apart
from digest.sources._apart import apart


def double(number: int) -> int:
    return 2 * number


def which(_: object) -> int:
    return os.getpid()


def fail(_: object) -> None:
    raise SourceError("this is not a feed")


def for_ever(_: object) -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


def for_ever_in_c(_: object) -> None:
    deque(repeat(0), maxlen=0)


def crash(_: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def devour(_: object) -> int:
    return len(bytearray(10**12))


def test_it_is_done_in_another_process() -> None:
    assert asyncio.run(apart(double, 4)) == 8
    assert asyncio.run(apart(which, 0)) != os.getpid()


def test_what_it_raises_is_raised() -> None:
    with pytest.raises(SourceError, match="this is not a feed"):
        asyncio.run(apart(fail, 0))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_apart, "_SECONDS", 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("work", "words"),
    [
        (for_ever, "more work to read than 0.5 seconds allow"),
        (for_ever_in_c, "breaks down or never ends"),
        (crash, "breaks down or never ends"),
        (devour, "more memory"),
    ],
)
def test_what_never_ends_is_ended_and_the_others_go_on(work: object, words: str) -> None:
    async def run() -> list[object]:
        others = [apart(double, number) for number in range(2)]
        return await asyncio.gather(apart(work, 0), *others, return_exceptions=True)  # type: ignore[arg-type]

    bad, *others = asyncio.run(run())
    assert isinstance(bad, SourceError)
    assert words in str(bad)
    assert others == [0, 2]


def test_it_ends_with_the_program_that_is_killed() -> None:
    program = (
        "import asyncio; from digest.sources._apart import apart; from os import getpid\n"
        "print(asyncio.run(apart(getpid)), flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout
        reader = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    ended, _, _ = select.select([reader], [], [], 20)
    os.close(reader)
    assert ended
