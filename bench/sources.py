"""Collecting from 500 feeds of a server on loopback: all unchanged, and each with ten new items."""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from bench.feeds import NEW_ITEMS
from bench.figure import Figure
from bench.processes import Ran, run

_SOURCES = 500
_CONFIG = {
    "site": {
        "name": "Think Tank",
        "url": "https://www.example.org",
        "timezone": "UTC",
        "postal_address": "1 Example Avenue, Washington",
    },
    "web": {"url": "http://127.0.0.1:8000"},
    "topics": [{"slug": "asia", "name": "Asia"}],
    "newsletters": {"weekly": {"name": "The weekly", "from": "news@example.org", "every": "wed 09:00"}},
    "sender": {"kind": "test"},
}


def measure(count: int = _SOURCES) -> list[Figure]:
    """`digest collect` as a process, start included; of one run each: they are long enough."""
    with tempfile.TemporaryDirectory() as name, feeds() as url:
        folder = Path(name)
        prepare(folder, url, count)
        collect(folder, count, f"{2 * NEW_ITEMS} new, 0 changed")
        unchanged = collect(folder, count, "unchanged")
        publish(url)
        new = collect(folder, count, f"{NEW_ITEMS} new, 0 changed")
    return [
        Figure(f"collect {count} sources, nothing new (304)", unchanged.seconds, "s", at_most=5),
        Figure("its peak memory", unchanged.peak_bytes / 1e6, "MB", at_most=300),
        Figure(f"collect {count} sources, {NEW_ITEMS} new items each", new.seconds, "s", at_most=30),
        Figure("its peak memory", new.peak_bytes / 1e6, "MB", at_most=300),
    ]


@contextmanager
def feeds() -> Iterator[str]:
    """The address of a server of feeds."""
    with subprocess.Popen([sys.executable, "-m", "bench.feeds"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def publish(url: str) -> None:
    """Let each feed have new items."""
    urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()


def prepare(folder: Path, url: str, count: int) -> None:
    """A folder whose configuration names so many feeds."""
    sources = [
        {"name": f"feed {number}", "kind": "feed", "url": f"{url}/{number}", "allow_private": True}
        for number in range(count)
    ]
    (folder / "config.yaml").write_text(yaml.safe_dump(_CONFIG | {"sources": sources}))
    _digest(folder, "init")


def collect(folder: Path, count: int, outcome: str) -> Ran:
    """Collect once. Raises RuntimeError where not every source ended so."""
    ran = _digest(folder, "collect")
    if ran.output.count(f": {outcome}\n") != count:
        raise RuntimeError(f"not every source was {outcome!r}: {json.dumps(ran.output[-2000:])}")
    return ran


def _digest(folder: Path, *words: str) -> Ran:
    # Compiled modules are kept, as pip leaves them: without, each start takes two seconds more.
    return run(["env", "-u", "PYTHONDONTWRITEBYTECODE", sys.executable, "-m", "digest.cli", *words], cwd=folder)
