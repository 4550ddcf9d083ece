"""How letters leave: finds a sender by its `kind:`, first among our own, then among installed plug-ins."""

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from pydantic import BaseModel

from digest.errors import ConfigError
from digest.types import Sender

BUILT_IN = {
    "smtp": "digest.senders.smtp:SmtpSender",
    "folder": "digest.senders.folder:FolderSender",
}
_GROUP = "digest.senders"


class SenderClass(Protocol):
    """What a plug-in's class offers: its kind, the model of its keys in config.yaml, and how it is made."""

    kind: ClassVar[str]
    Settings: type[BaseModel]

    def __call__(self, settings: Any, folder: Path) -> Sender:
        """A sender from its settings and the folder of config.yaml."""
        ...


def kinds() -> list[str]:
    """Every kind of sender that can be had here, sorted."""
    return sorted({*BUILT_IN, *entry_points(group=_GROUP).names})


def find(kind: str) -> SenderClass:
    """The class of one kind of sender, imported only now. Raises ConfigError for a kind nobody offers."""
    if kind in BUILT_IN:
        module, _, name = BUILT_IN[kind].partition(":")
        return cast(SenderClass, getattr(import_module(module), name))
    for plug_in in entry_points(group=_GROUP, name=kind):
        return cast(SenderClass, plug_in.load())
    known = ", ".join(kinds())
    raise ConfigError("config.yaml", None, "sender.kind", f"there is no sender called {kind}; take one of {known}")
