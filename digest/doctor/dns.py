"""Asking the DNS, behind a protocol small enough for tests to answer it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import dns.exception
import dns.resolver
import dns.reversename

from digest.errors import DigestError

Kind = Literal["TXT", "MX", "A", "AAAA", "PTR"]

_SECONDS = 5.0
"""For one question; `dig` gives up as soon."""


@dataclass
class DnsError(DigestError):
    """A question had no answer. `down`: the DNS as a whole cannot be reached, so the next will have none either."""

    problem: str
    down: bool = False

    def __str__(self) -> str:
        return self.problem


class Resolve(Protocol):
    """Asks for the records of a name."""

    def __call__(self, name: str, kind: Kind) -> tuple[str, ...]:
        """The records as text, in any order: TXT joined, `10 mx.example.org`, names without a dot at the end.

        Nothing where there is no such name or record. Raises DnsError where there was no answer.
        """
        ...


def resolve(name: str, kind: Kind) -> tuple[str, ...]:
    """Ask the DNS servers that this machine is set up with, for `Resolve`."""
    try:
        asked = dns.reversename.from_address(name) if kind == "PTR" else name
        answer = dns.resolver.Resolver().resolve(asked, kind, lifetime=_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.resolver.NoResolverConfiguration as problem:
        raise DnsError("this machine names no DNS server in /etc/resolv.conf", down=True) from problem
    except (dns.resolver.LifetimeTimeout, OSError) as problem:
        raise DnsError(f"no DNS server answers ({name} {kind} was asked)", down=True) from problem
    except dns.resolver.NoNameservers as problem:
        raise DnsError(
            f"no DNS server has an answer for {name} {kind}", down=are_away(problem.kwargs["errors"])
        ) from problem
    except dns.exception.DNSException as problem:
        raise DnsError(f"the DNS has no proper answer for {name} {kind}: {type(problem).__name__}") from problem
    return tuple(_text(record) for record in answer)


def are_away(errors: Iterable[tuple[Any, ...]]) -> bool:
    """Whether none of the servers answered at all; one that did may be good for other names.

    `errors` as dnspython keeps them: the last of each is the answer, or None.
    """
    return all(answer is None for *_, answer in errors)


def _text(record: Any) -> str:
    if strings := getattr(record, "strings", None):
        return b"".join(strings).decode("utf-8", "replace")
    text = str(record.to_text())
    # The root alone, as in a null MX (RFC 7505), is nothing but its dot.
    return text if text.endswith(" .") else text.removesuffix(".")
