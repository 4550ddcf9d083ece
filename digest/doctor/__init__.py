"""The doctor: looks at the sending domain, the relay and this machine, and says what to mend.

Asking is apart from judging: each `judge_…` is a pure function of what was found.
"""

from digest.doctor.dns import DnsError, Kind, Resolve, resolve
from digest.doctor.examine import Patient, examine_domains, examine_relays
from digest.doctor.finding import Finding, Health, error, ok
from digest.doctor.machine import check_database, check_disk, check_secrets, judge_postal_address

__all__ = [
    "DnsError",
    "Finding",
    "Health",
    "Kind",
    "Patient",
    "Resolve",
    "check_database",
    "check_disk",
    "check_secrets",
    "error",
    "examine_domains",
    "examine_relays",
    "judge_postal_address",
    "ok",
    "resolve",
]
