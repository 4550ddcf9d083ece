"""What IMAP and POP3 share: the keys of an account, and how TLS is spoken."""

import ssl
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

SECONDS = 30.0
"""How long a server may take to answer."""


class AccountSettings(BaseModel):
    """A mailbox on a server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 0
    """0: the standard's own for this kind of TLS."""
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    verify: bool = True
    """Whether the server's certificate is checked."""
    username: str
    password: SecretStr


def tls_context(settings: AccountSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer; the certificate is checked unless the settings say otherwise."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
