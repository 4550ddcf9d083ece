"""The whole round through the DNS: what is in order, what each missing record costs, and a DNS that is away."""

from collections.abc import Callable
from typing import Any

import pytest

from digest.doctor import DnsError, Finding, Patient, examine_domains
from digest.doctor.hosts import check_ptr

Zone = dict[tuple[str, str], Any]
ORG = Patient(("example.org",), "example.org", ("smtp.example.org",), ())


def bad(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, str(finding.health)) for finding in findings if finding.health != "ok"]


def test_a_domain_in_order(dns: Callable[..., Any], good_zone: Zone) -> None:
    findings = examine_domains(ORG, dns(good_zone))
    assert [finding.check for finding in findings] == ["SPF", "MX", "DKIM", "DMARC", "alignment", "PTR"]
    assert bad(findings) == [("DKIM", "warning")]  # the relay signs, and its selector is not known


@pytest.mark.parametrize(
    ("lost", "check", "health", "todo"),
    [
        (("example.org", "TXT"), "SPF", "error", 'example.org. IN TXT "v=spf1 a:smtp.example.org ~all"'),
        (("_dmarc.example.org", "TXT"), "DMARC", "error", '_dmarc.example.org. IN TXT "v=DMARC1; p=none;'),
        (("example.org", "MX"), "MX", "error", "example.org. IN MX 10"),
        (("smtp.example.org", "A"), "PTR", "error", "sender.host"),
        (("93.184.216.34", "PTR"), "PTR", "warning", "34.216.184.93.in-addr.arpa. IN PTR"),
    ],
)
def test_a_missing_record_is_written_out(
    lost: tuple[str, str], check: str, health: str, todo: str, dns: Callable[..., Any], good_zone: Zone
) -> None:
    del good_zone[lost]
    findings = examine_domains(ORG, dns(good_zone))
    assert bad([finding for finding in findings if finding.check != "DKIM"]) == [(check, health)]
    assert todo in next(finding.todo for finding in findings if finding.check == check)


def test_a_dns_that_is_away_costs_one_line(dns: Callable[..., Any]) -> None:
    findings = examine_domains(ORG, dns({("example.org", "TXT"): DnsError("no DNS server answers", down=True)}))
    assert bad(findings) == [("DNS", "warning")]
    assert "SPF, DKIM, DMARC, MX and PTR are not known" in findings[0].seen


def test_one_name_without_an_answer_does_not_hide_the_others(dns: Callable[..., Any], good_zone: Zone) -> None:
    good_zone["_dmarc.example.org", "TXT"] = DnsError("SERVFAIL")
    findings = examine_domains(ORG, dns(good_zone))
    assert bad(findings) == [("DKIM", "warning"), ("DNS", "warning")]
    assert findings[-1].check == "PTR"


def test_every_from_is_looked_at_and_wants_to_be_aligned(dns: Callable[..., Any], good_zone: Zone) -> None:
    patient = Patient(("example.org", "other.example"), "example.org", (), ())
    findings = examine_domains(patient, dns(good_zone))
    assert [(f.check, str(f.health)) for f in findings if "other.example" in f.seen] == [
        ("DKIM", "warning"),
        ("DMARC", "error"),
        ("alignment", "warning"),
        ("MX", "error"),
    ]


@pytest.mark.parametrize(
    ("records", "health"),
    [
        ({}, "error"),
        ({("h.example", "A"): ("10.0.0.1",)}, "warning"),
        ({("h.example", "A"): ("8.8.8.8",), ("8.8.8.8", "PTR"): ("g.example",)}, "warning"),
        ({("h.example", "AAAA"): ("2a00::1",), ("2a00::1", "PTR"): ("h.example",)}, "ok"),
    ],
)  # fmt: skip
def test_an_address_and_its_name_lead_to_each_other(records: Zone, health: str, dns: Callable[..., Any]) -> None:
    assert [finding.health for finding in check_ptr("h.example", dns(records))] == [health]


@pytest.mark.parametrize(
    ("records", "health"),
    [
        ({("example.org", "MX"): ("0 .",)}, "error"),
        ({("example.org", "MX"): ("20 b.example", "10 a.example")}, "ok"),
        ({("example.org", "A"): ("93.184.216.34",)}, "warning"),
    ],
)
def test_bounces_must_find_a_way_back(records: Zone, health: str, dns: Callable[..., Any]) -> None:
    findings = examine_domains(ORG, dns(records))
    assert [finding.health for finding in findings if finding.check == "MX"] == [health]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_of_a_relay_on_this_machine_the_address_is_not_known(host: str, dns: Callable[..., Any]) -> None:
    assert [str(finding.health) for finding in check_ptr(host, dns({}))] == ["warning"]
