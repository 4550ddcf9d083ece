"""Where bounces and answers go (MX), and what the relay's address is called (PTR)."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence

from digest.doctor.dns import Resolve
from digest.doctor.finding import Finding, error, ok, warning

_PTR_SERVES = "Gmail and Yahoo require a PTR record that leads back"


def check_mx(domain: str, what: str, resolve: Resolve) -> list[Finding]:
    """Whether a domain takes mail; `what` comes to it: bounces, answers. Raises DnsError."""
    records = resolve(domain, "MX")
    addresses = () if records else (*resolve(domain, "A"), *resolve(domain, "AAAA"))
    return [judge_mx(domain, what, records, addresses)]


def judge_mx(domain: str, what: str, records: Sequence[str], addresses: Sequence[str]) -> Finding:
    """What the MX records of a domain say (RFC 5321, section 5.1; RFC 7505)."""
    serves = "RFC 5321: bounces must find a way back" if what == "bounces" else "Microsoft wants a From that answers"
    todo = f"add {domain}. IN MX 10 mail.{domain}., the server that takes them"
    if any(record.endswith(" .") for record in records):
        return error("MX", f"{domain} says that it takes no mail, so {what} are lost", todo, serves)
    if records:
        return ok("MX", f"{domain}: {', '.join(sorted(records))}", serves)
    if addresses:
        return warning("MX", f"{domain} has none; {what} go to the host of that name", todo, serves)
    return error("MX", f"{domain} has none, so {what} are lost", todo, serves)


def check_ptr(host: str, resolve: Resolve) -> list[Finding]:
    """Look up every public address of a relay, its name, and that name's addresses. Raises DnsError."""
    addresses = ("127.0.0.1",) if is_local(host) else _addresses(host, resolve)
    if not addresses:
        todo = "correct sender.host in config.yaml"
        return [error("PTR", f"there is no host {host}", todo, _PTR_SERVES)]
    public = [address for address in addresses if ipaddress.ip_address(address).is_global]
    if not public:
        todo = "look at the address it sends from: host ADDRESS must give a name, and that name the address"
        return [warning("PTR", f"{host} has no public address", todo, _PTR_SERVES)]
    return [_look(address, resolve) for address in public]


def _look(address: str, resolve: Resolve) -> Finding:
    names = resolve(address, "PTR")
    return judge_ptr(address, {name: _addresses(name, resolve) for name in names})


def judge_ptr(address: str, forward: Mapping[str, Iterable[str]]) -> Finding:
    """`forward` are the names of an address, each with the addresses that this name has."""
    wanted = ipaddress.ip_address(address)
    for name, addresses in forward.items():
        if wanted in map(ipaddress.ip_address, addresses):
            return ok("PTR", f"{address} is {name}", _PTR_SERVES)
    seen = f"{address} is called {', '.join(forward)}, which does not lead back" if forward else f"{address} has none"
    # A provider's relay takes letters at one address and sends them from another.
    todo = f"unless it sends from another address: add {wanted.reverse_pointer}. IN PTR mail.example.org."
    return warning("PTR", seen, todo, _PTR_SERVES)


def is_local(host: str) -> bool:
    """Whether a relay is on this machine, so that its own name says nothing of where it sends from."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _addresses(host: str, resolve: Resolve) -> tuple[str, ...]:
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return (*resolve(host, "A"), *resolve(host, "AAAA"))
