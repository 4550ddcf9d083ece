"""Where a request comes from: the network that limits on sign-ups count, and that a consent keeps as a hash."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from litestar import Request

from digest.web.door import Door
from subscribers import network_key

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def network_of(request: Request[Any, Any, Any], door: Door) -> str:
    """A keyed hash of the network that a request comes from; empty where nobody can say."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.getall("x-forwarded-for", [])
    return network_key(door.keys.address, origin_of(peer, forwarded, door.trusted_proxies))


def origin_of(peer: str, forwarded: Sequence[str], trusted: Sequence[str]) -> str:
    """The address of who asked; empty where nobody can say.

    `forwarded` are the values of X-Forwarded-For, in their order. Each proxy adds at the right whom it heard from, so
    what counts is the first from the right that is no proxy of ours: everything left of it may be made up. Who comes
    over loopback is on this machine: a proxy in front of us.
    """
    networks = [ipaddress.ip_network(each, strict=False) for each in trusted]
    named = [entry for value in forwarded for entry in value.split(",")]
    nearest = None
    for text in [peer, *reversed(named)]:
        nearest = _address(text)
        if nearest is None or not (nearest.is_loopback or any(nearest in network for network in networks)):
            break
    return "" if nearest is None or nearest.is_loopback else str(nearest)


def _address(text: str) -> Address | None:
    """An address as proxies write it: bare, in brackets, or with a port behind it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket for both families gives IPv4 peers as ::ffff:192.0.2.1.
    return (found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None) or found
