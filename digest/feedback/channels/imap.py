"""A folder on an IMAP server (RFC 3501), asked for what is unseen; what is read is marked as seen."""

import imaplib
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from digest.errors import ChannelError
from digest.feedback.channels.account import SECONDS, AccountSettings, tls_context
from digest.feedback.reading import MAX_BYTES


class ImapSettings(AccountSettings):
    """An account and the folder that reports come to."""

    mailbox: str = "INBOX"


class ImapChannel:
    """The channel of `kind: imap`. It is asked again every minute: Python's client has learnt IDLE only with 3.14."""

    kind: ClassVar[str] = "imap"
    Settings = ImapSettings

    def __init__(self, settings: ImapSettings, folder: Path) -> None:
        self._settings = settings

    def messages(self) -> Generator[bytes]:
        """The unseen messages, oldest first. Raises ChannelError."""
        settings = self._settings
        try:
            server = self._connect()
            try:
                server.login(settings.username, settings.password.get_secret_value())
                quoted = settings.mailbox.replace("\\", "\\\\").replace('"', '\\"')
                _expect(server.select(f'"{quoted}"'))
                for number in bytes(_expect(server.uid("SEARCH", "UNSEEN"))[0]).decode("ascii", "replace").split():
                    # PEEK leaves it unseen; the end of a large message is not even fetched.
                    answer = _expect(server.uid("FETCH", number, f"(BODY.PEEK[]<0.{MAX_BYTES}>)"))
                    raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
                    if raw is None:
                        continue  # Somebody else has taken it meanwhile.
                    yield raw
                    _expect(server.uid("STORE", number, "+FLAGS.SILENT", "(\\Seen)"))
            finally:
                with suppress(imaplib.IMAP4.error, OSError):
                    server.logout()
        except (imaplib.IMAP4.error, OSError) as error:
            raise ChannelError(f"the mailbox {settings.username} at {settings.host}: {_words(error)}") from error

    def _connect(self) -> imaplib.IMAP4:
        settings = self._settings
        if settings.tls == "implicit":
            context = tls_context(settings)
            return imaplib.IMAP4_SSL(settings.host, settings.port or 993, ssl_context=context, timeout=SECONDS)
        server = imaplib.IMAP4(settings.host, settings.port or 143, timeout=SECONDS)
        if settings.tls == "starttls":
            server.starttls(tls_context(settings))
        return server


def _expect(answer: tuple[str, Any]) -> Sequence[Any]:
    """The data of an answer, one part at least. Raises imaplib's error for a refusal."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(data[0] if data else kind)
    return [part for part in data if part is not None] or [b""]


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(error)
