"""A test server, and a client that talks to it line by line."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from smtplib import SMTP

import pytest

from digest.testserver import TestServer, read_faults


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], TestServer]]:
    """Start a test server with the faults of a YAML text; its Maildir is `store`."""
    with ExitStack() as stack:

        def begin(faults: str = "") -> TestServer:
            (tmp_path / "faults.yaml").write_text(faults)
            server = TestServer(tmp_path / "store", faults=read_faults(tmp_path / "faults.yaml"))
            return stack.enter_context(server)

        yield begin


@pytest.fixture
def client() -> Iterator[Callable[[TestServer], SMTP]]:
    """Connect to a test server as the standard library does it, after EHLO."""
    with ExitStack() as stack:

        def connect(server: TestServer) -> SMTP:
            smtp = SMTP(server.host, server.port, local_hostname="localhost")
            stack.callback(smtp.close)
            smtp.ehlo()
            return smtp

        yield connect
