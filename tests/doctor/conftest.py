"""A DNS that answers from a table, with no network."""

from collections.abc import Callable, Mapping

import pytest

from digest.doctor import DnsError, Kind, Resolve

Zone = Mapping[tuple[str, str], tuple[str, ...] | DnsError]


class TableDns:
    """Answers from a table; it keeps what was asked."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: Kind) -> tuple[str, ...]:
        self.asked.append((name, kind))
        answer = self._zone.get((name, kind), ())
        if isinstance(answer, DnsError):
            raise answer
        return answer


@pytest.fixture
def dns() -> Callable[[Zone], Resolve]:
    """Makes a DNS from a table of records by name and kind."""
    return TableDns


@pytest.fixture
def good_zone() -> dict[tuple[str, str], tuple[str, ...] | DnsError]:
    """All that the sender example.org and its relay smtp.example.org need."""
    return {
        ("example.org", "TXT"): ("unrelated", "v=spf1 a:smtp.example.org -all"),
        ("_dmarc.example.org", "TXT"): ("v=DMARC1; p=none; rua=mailto:dmarc@example.org; pct=50; new=tag",),
        ("example.org", "MX"): ("10 mx.example.org",),
        ("smtp.example.org", "A"): ("93.184.216.34",),
        ("93.184.216.34", "PTR"): ("smtp.example.org",),
    }
