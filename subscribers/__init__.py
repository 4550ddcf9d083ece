"""Whom we send to and with what permission.

The verbs take a session and never commit, so that a door can do several things in one transaction; times are
arguments, aware and in UTC. `secret` is the key of the hash by which addresses are told apart. This package knows
nothing of letters and imports nothing of `digest`.
"""

from subscribers.address import Address, address_key, parse_address
from subscribers.changing import change_topics, pause
from subscribers.errors import AddressError, ListRefusedError, RefusedError, RefusedRow, SubscribersError
from subscribers.importing import ImportReport, import_csv
from subscribers.joining import confirm, subscribe
from subscribers.leaving import erase, suppress, unsubscribe
from subscribers.models import EVERY_TOPIC, Reason, SubscriptionState
from subscribers.offering import followed_topics, rename_topics
from subscribers.reading import Standing, count_active, find, list_subscribers, read_standing

__all__ = [
    "EVERY_TOPIC",
    "Address",
    "AddressError",
    "ImportReport",
    "ListRefusedError",
    "Reason",
    "RefusedError",
    "RefusedRow",
    "Standing",
    "SubscribersError",
    "SubscriptionState",
    "address_key",
    "change_topics",
    "confirm",
    "count_active",
    "erase",
    "find",
    "followed_topics",
    "import_csv",
    "list_subscribers",
    "parse_address",
    "pause",
    "read_standing",
    "rename_topics",
    "subscribe",
    "suppress",
    "unsubscribe",
]
