"""The door for readers: to sign up, confirm, choose and leave, and the one-click unsubscribe of RFC 8058."""

from digest.web.app import create_app
from digest.web.door import Door, Offer
from digest.web.opening import open_door
from digest.web.server import serve

__all__ = ["Door", "Offer", "create_app", "open_door", "serve"]
