"""A test server, a certificate of our own, and a way to send one message over a fresh connection."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from digest.senders.smtp import SmtpSender, SmtpSettings
from digest.testserver import TestServer, read_faults
from digest.types import Outgoing, Reply

MESSAGE = b"From: news@example.org\r\nSubject: News\r\n\r\nHello.\r\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., TestServer]]:
    """Start a test server with the faults of a YAML text; its Maildir is `store`."""
    with ExitStack() as stack:

        def begin(faults: str = "", tls: ssl.SSLContext | None = None) -> TestServer:
            (tmp_path / "faults.yaml").write_text(faults)
            server = TestServer(tmp_path / "store", faults=read_faults(tmp_path / "faults.yaml"), tls=tls)
            return stack.enter_context(server)

        yield begin


@pytest.fixture
def offer() -> Callable[..., Reply]:
    """Connect with these settings, send one message, and return the reply that decided."""

    def send(recipient: str = "ann@example.com", *, message: bytes = MESSAGE, **settings: Any) -> Reply:
        values = {"host": "127.0.0.1", "tls": "none", "hostname": "localhost"} | settings
        sender = SmtpSender(SmtpSettings.model_validate(values), Path())

        async def main() -> Reply:
            connection = await sender.relays[0].connect()
            if isinstance(connection, Reply):
                return connection
            reply = await connection.send(Outgoing(1, "bounces+1@example.org", recipient, message))
            await connection.close()
            return reply

        return asyncio.run(main())

    return send


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, signed by itself, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {path} -out {path}.crt"
    subprocess.run(
        [openssl, *words.split(), "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
