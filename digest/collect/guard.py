"""Which addresses may be dialled: none of a private network, whatever a name or a redirect leads to.

The connector asks with the very address that it is about to dial, so a name that changes its address between two
questions (DNS rebinding) gains nothing.
"""

import errno
import ipaddress
import socket
from typing import Any

_PORTS = frozenset({80, 443, 8080, 8443})
# Python calls these global, but they carry any IPv4 address to a gateway or to nowhere.
_GATEWAYS = [
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",  # NAT64, RFC 6052, section 2.1
        "64:ff9b:1::/48",  # NAT64 of one's own, RFC 8215
        "2002::/16",  # 6to4, RFC 3056, section 2
        "192.88.99.0/24",  # its relays, RFC 7526
        "::/96",  # IPv4-compatible, RFC 4291, section 2.5.5.1
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
    )
]


class ForbiddenAddressError(OSError):
    """An address that sources may not lead to."""


def open_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    """A socket to dial an address with. Raises ForbiddenAddressError for one that sources may not lead to."""
    family, kind, protocol, _, (host, port, *_) = addr_info
    if reason := why_not(host, port):
        raise ForbiddenAddressError(errno.EACCES, reason)
    return socket.socket(family, kind, protocol)


def why_not(host: str, port: int) -> str:
    """Why an IP address and port may not be dialled, as a clause that names no address; empty where they may.

    Of a name with several addresses, aiohttp tells what they have in common.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    is_private = not address.is_global or address.is_multicast or getattr(address, "is_site_local", False)
    if is_private or any(address in network for network in _GATEWAYS):
        return "this is no address of the public internet"
    if port not in _PORTS:
        return f"port {port} is none of a web server's: {', '.join(map(str, sorted(_PORTS)))}"
    return ""
