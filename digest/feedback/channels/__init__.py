"""Where reports come to: one small file a kind, behind one protocol."""

from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from pydantic import BaseModel

BUILT_IN = {
    "maildir": "digest.feedback.channels.maildir:MaildirChannel",
    "mbox": "digest.feedback.channels.mbox:MboxChannel",
    "pipe": "digest.feedback.channels.pipe:PipeChannel",
    "imap": "digest.feedback.channels.imap:ImapChannel",
    "pop3": "digest.feedback.channels.pop3:Pop3Channel",
}


class Channel(Protocol):
    """A mailbox, file or pipe."""

    kind: ClassVar[str]

    def messages(self) -> Generator[bytes]:
        """What lies there now, message by message, each cut at 256 KB.

        Whoever asks for the next message says that the one before is committed: only then may it be marked, moved or
        deleted. Whoever stops asking leaves it as it is. Raises ChannelError.
        """
        ...


class ChannelClass(Protocol):
    """What a kind offers: the model of its keys in config.yaml, and how it is made."""

    kind: ClassVar[str]
    Settings: type[BaseModel]

    def __call__(self, settings: Any, folder: Path) -> Channel:
        """A channel from its settings and the folder of config.yaml."""
        ...


def find(kind: str) -> ChannelClass:
    """The class of one kind of channel, imported only now. Raises KeyError for one that there is not."""
    module, _, name = BUILT_IN[kind].partition(":")
    return cast(ChannelClass, getattr(import_module(module), name))
