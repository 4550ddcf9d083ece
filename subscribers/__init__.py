"""Whom we send to and with what permission.

The verbs take a session and never commit, so that a door can do several things in one transaction; times are
arguments, aware and in UTC. `secret` is the key of the hash by which addresses are told apart. This package knows
nothing of letters and imports nothing of `digest`.
"""

from subscribers.address import Address, address_key, mention_of, parse_address, parse_domain
from subscribers.changing import Preferences, change_address, change_preferences, change_topics, pause
from subscribers.checkup import Finding, check_up
from subscribers.errors import (
    AddressError,
    AddressTakenError,
    ListRefusedError,
    RefusedError,
    RefusedRow,
    StrangerError,
    SubscribersError,
)
from subscribers.exporting import export
from subscribers.holding import held_of
from subscribers.importing import ImportReport, Offer, import_list
from subscribers.joining import confirm, subscribe
from subscribers.leaving import erase, release, release_domain, resubscribe, suppress, suppress_domain, unsubscribe
from subscribers.mail import Mail
from subscribers.models import EVERY_TOPIC, Reason, Rhythm, SubscriptionState
from subscribers.offering import followed_topics, rename_topics
from subscribers.reading import Standing, count_active, find, list_subscribers, read_standing
from subscribers.signing_up import SignUp, ask_new_address, forget_unanswered, network_key, refuse, sign_up

__all__ = [
    "EVERY_TOPIC",
    "Address",
    "AddressError",
    "AddressTakenError",
    "Finding",
    "ImportReport",
    "ListRefusedError",
    "Mail",
    "Offer",
    "Preferences",
    "Reason",
    "RefusedError",
    "RefusedRow",
    "Rhythm",
    "SignUp",
    "Standing",
    "StrangerError",
    "SubscribersError",
    "SubscriptionState",
    "address_key",
    "ask_new_address",
    "change_address",
    "change_preferences",
    "change_topics",
    "check_up",
    "confirm",
    "count_active",
    "erase",
    "export",
    "find",
    "followed_topics",
    "forget_unanswered",
    "held_of",
    "import_list",
    "list_subscribers",
    "mention_of",
    "network_key",
    "parse_address",
    "parse_domain",
    "pause",
    "read_standing",
    "refuse",
    "release",
    "release_domain",
    "rename_topics",
    "resubscribe",
    "sign_up",
    "subscribe",
    "suppress",
    "suppress_domain",
    "unsubscribe",
]
