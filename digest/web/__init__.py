"""The door for readers: pages to leave, to choose topics, and the one-click unsubscribe of RFC 8058."""

from digest.web.app import create_app
from digest.web.door import Door, Offer
from digest.web.server import serve

__all__ = ["Door", "Offer", "create_app", "serve"]
