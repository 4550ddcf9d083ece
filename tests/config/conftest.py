"""A small configuration that loads, and a way to write it with changes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.config import Settings, load
from digest.errors import ConfigError

GOOD = """\
site: {name: Example, url: "https://www.example.org", timezone: America/New_York, postal_address: 1 Example Ave}
web: {url: "https://letters.example.org"}
topics:
  - {slug: asia, name: Asia, match: [Asia Program, "China\u2011Taiwan"]}
  - {slug: nato, name: NATO, match: [Alliances]}
  - {slug: cuba, name: Cuba, retired: true}
sources:
  - {name: site, kind: feed, url: "https://www.example.org/feed"}
newsletters:
  weekly:
    name: Weekly
    from: Example <news@example.org>
    every: tue 09:00
sender: {kind: smtp, host: mail.example.org, return_path: "bounces+{token}@example.org"}
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell says must not leak in: every DIGEST_ variable is taken away."""
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Settings]:
    """Loads GOOD with pieces of text replaced: `loaded(("tue 09:00", "daily 09:00"))`."""

    def load_with(*changes: tuple[str, str]) -> Settings:
        text = GOOD
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return load_with


@pytest.fixture
def fault(loaded: Callable[..., Settings]) -> Callable[..., ConfigError]:
    """The fault that changes to GOOD make."""

    def fault_of(*changes: tuple[str, str]) -> ConfigError:
        with pytest.raises(ConfigError) as caught:
            loaded(*changes)
        return caught.value

    return fault_of
