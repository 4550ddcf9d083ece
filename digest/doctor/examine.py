"""Goes from one thing to the next; what cannot be asked costs one line, not all."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from digest.dkim import SigningKey
from digest.doctor.dkim import check_dkim
from digest.doctor.dmarc import check_dmarc
from digest.doctor.dns import DnsError, Resolve
from digest.doctor.finding import Finding, warning
from digest.doctor.hosts import check_mx, check_ptr
from digest.doctor.relay import call, judge_answer
from digest.doctor.spf import check_spf
from digest.senders.smtp import SmtpSettings


@dataclass(frozen=True, slots=True)
class Patient:
    """What letters are sent from: domains as A-labels, in lower case, without a dot at the end."""

    senders: tuple[str, ...]
    """The domains of From, one of each."""
    envelope: str
    """The return path's domain."""
    relays: tuple[str, ...]
    keys: tuple[SigningKey, ...] = ()
    """Of DKIM, where we sign ourselves."""


def examine_domains(patient: Patient, resolve: Resolve) -> list[Finding]:
    """SPF, DKIM, DMARC, alignment, MX and PTR. Where the DNS cannot be reached at all, one line says so."""
    findings: list[Finding] = []
    for check in _checks(patient, resolve):
        try:
            findings += check()
        except DnsError as problem:
            if problem.down:
                seen = f"{problem}; so SPF, DKIM, DMARC, MX and PTR are not known"
                return [*findings, warning("DNS", seen, "see /etc/resolv.conf and the firewall, then ask again")]
            findings.append(warning("DNS", str(problem), "ask again; if it stays so, ask who runs that zone"))
    return findings


def _checks(patient: Patient, resolve: Resolve) -> Iterator[Callable[[], list[Finding]]]:
    yield partial(check_spf, patient.envelope, patient.relays, resolve)
    yield partial(check_mx, patient.envelope, "bounces", resolve)
    yield partial(check_dkim, " and ".join(patient.senders), patient.keys, resolve)
    for domain in patient.senders:
        yield partial(check_dmarc, domain, patient.envelope, [key.domain for key in patient.keys], resolve)
        if domain != patient.envelope:
            yield partial(check_mx, domain, "answers", resolve)
    for host in patient.relays:
        yield partial(check_ptr, host, resolve)


async def examine_relays(settings: SmtpSettings, now: datetime) -> list[Finding]:
    """Call every relay, all at once. `now` is aware."""
    answers = await asyncio.gather(*(call(relay, settings) for relay in settings.servers))
    return [finding for answer in answers for finding in judge_answer(answer, settings, now)]
