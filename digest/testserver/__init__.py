"""A mail server that delivers to nobody: it stores to a Maildir, shows its inbox, and can be told to misbehave."""

from digest.testserver.faults import Faults, read_faults
from digest.testserver.serve import serve
from digest.testserver.server import TestServer

__all__ = ["Faults", "TestServer", "read_faults", "serve"]
