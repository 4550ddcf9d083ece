"""Finding a sender by its kind."""

import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from digest import senders
from digest.errors import ConfigError


@pytest.mark.parametrize("kind", ["smtp", "folder"])
def test_our_own_are_found(kind: str) -> None:
    assert senders.find(kind).kind == kind


def test_an_installed_plug_in_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in = EntryPoint("pigeon", "digest.senders.folder:FolderSender", "digest.senders")
    monkeypatch.setattr(senders, "entry_points", lambda **filters: EntryPoints([plug_in]).select(**filters))
    assert senders.find("pigeon").kind == "folder"
    assert "pigeon" in senders.kinds()


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no sender called pigeon; take one of .*folder.*smtp"):
        senders.find("pigeon")


def test_looking_for_one_kind_does_not_import_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "digest.senders.smtp", raising=False)
    senders.find("folder")
    assert "digest.senders.smtp" not in sys.modules
