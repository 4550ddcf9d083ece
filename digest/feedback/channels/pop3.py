"""A mailbox on a POP3 server (RFC 1939); what is read is deleted there, for POP3 has no other way to remember it."""

import poplib
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from digest.errors import ChannelError
from digest.feedback.channels.account import SECONDS, AccountSettings, tls_context
from digest.feedback.reading import MAX_BYTES

# The library gives up at lines beyond 2,048 octets, and one such message would block the mailbox for good.
poplib._MAXLINE = 1_000_000  # type: ignore[attr-defined]


class Pop3Channel:
    """The channel of `kind: pop3`."""

    kind: ClassVar[str] = "pop3"
    Settings = AccountSettings

    def __init__(self, settings: AccountSettings, folder: Path) -> None:
        self._settings = settings

    def messages(self) -> Generator[bytes]:
        """Every message of the mailbox. The server deletes those that were committed when the dialogue ends well."""
        settings = self._settings
        try:
            server = self._connect()
            try:
                server.user(settings.username)
                server.pass_(settings.password.get_secret_value())
                for listed in server.list()[1]:
                    number = int(listed.split()[0])
                    yield b"".join(line + b"\r\n" for line in server.retr(number)[1])[:MAX_BYTES]
                    server.dele(number)
            finally:
                # Also when nobody asks for more: QUIT deletes what has been marked, which is committed.
                with suppress(poplib.error_proto, OSError):
                    server.quit()
        except (poplib.error_proto, OSError, ValueError) as error:
            raise ChannelError(f"the mailbox {settings.username} at {settings.host}: {_words(error)}") from error

    def _connect(self) -> poplib.POP3:
        settings = self._settings
        if settings.tls == "implicit":
            context = tls_context(settings)
            return poplib.POP3_SSL(settings.host, settings.port or 995, context=context, timeout=SECONDS)
        server = poplib.POP3(settings.host, settings.port or 110, timeout=SECONDS)
        if settings.tls == "starttls":
            server.stls(tls_context(settings))
        return server


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(error)
