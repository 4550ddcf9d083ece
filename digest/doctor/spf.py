"""SPF of the envelope's domain (RFC 7208)."""

import ipaddress
import re
from collections.abc import Sequence

from digest.doctor.dns import DnsError, Resolve
from digest.doctor.finding import Finding, error, ok, warning
from digest.doctor.hosts import is_local

_SERVES = "Gmail, Yahoo and Microsoft require SPF"
_MOST_LOOKUPS = 10
_TERM = re.compile(r"([-+~?]?)([a-z0-9]+)(?:[:/](.*))?", re.IGNORECASE)
_MECHANISMS = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}
_ASKING = {"include", "a", "mx", "ptr", "exists", "redirect"}


def check_spf(domain: str, relays: Sequence[str], resolve: Resolve) -> list[Finding]:
    """Look at the SPF record of a domain. Raises DnsError."""
    records = resolve(domain, "TXT")
    try:
        lookups = count_lookups(domain, resolve)
    except DnsError as problem:
        if problem.down:
            raise
        return [error("SPF", f"{domain}: {problem}", "mend or remove the include it comes from", _SERVES)]
    return [judge_spf(domain, records, relays, lookups)]


def judge_spf(domain: str, records: Sequence[str], relays: Sequence[str], lookups: int) -> Finding:
    """What the TXT records of a domain say. `lookups` are the questions it takes to evaluate them."""
    found = spf_records(records)
    if not found:
        senders = " ".join(map(_mechanism, relays)) or "ip4:ADDRESS"
        record = f'{domain}. IN TXT "v=spf1 {senders} ~all"'
        return error("SPF", f"{domain} has none", f"add {record} (or the include: your mail provider names)", _SERVES)
    if len(found) > 1:
        todo = "make one record of them: several count as none (RFC 7208, section 4.5)"
        return error("SPF", f"{domain} has {len(found)} records", todo, _SERVES)
    terms = found[0].split()[1:]
    if unknown := next((term for term in terms if not _is_known(term)), None):
        return error("SPF", f"{domain}: {unknown!r} is no SPF term, so that all of it fails", "correct it", _SERVES)
    if lookups > _MOST_LOOKUPS:
        seen = f"{domain} takes more than {_MOST_LOOKUPS} DNS lookups, so that all of it fails"
        return error("SPF", seen, "replace some include: by ip4: and ip6: (RFC 7208, section 4.6.4)", _SERVES)
    return _judge_end(domain, [term.lower() for term in terms])


def _judge_end(domain: str, terms: Sequence[str]) -> Finding:
    """What becomes of mail from servers that the record does not name."""
    if any(term in ("all", "+all") for term in terms):
        seen = f"{domain} lets everybody send (+all)"
        return error("SPF", seen, "end the record with ~all or -all", _SERVES)
    if not any(term in ("~all", "-all") or term.startswith("redirect=") for term in terms):
        seen = f"{domain} says nothing about other servers"
        return warning("SPF", seen, "end the record with ~all or -all", _SERVES)
    return ok("SPF", f"{domain}: v=spf1 {' '.join(terms)}", _SERVES)


def spf_records(records: Sequence[str]) -> list[str]:
    """Those of a name's TXT records that are SPF (RFC 7208, section 4.5)."""
    return [record for record in records if record.lower() == "v=spf1" or record.lower().startswith("v=spf1 ")]


def count_lookups(domain: str, resolve: Resolve) -> int:
    """How many DNS questions an evaluation may take at most, includes and all; it stops counting beyond ten."""
    count, waiting = 0, [domain]
    while waiting and count <= _MOST_LOOKUPS:
        for record in spf_records(resolve(waiting.pop(), "TXT")):
            for name, target in _lookups(record):
                count += 1
                if name in ("include", "redirect") and target:
                    waiting.append(target)
    return count


def _lookups(record: str) -> list[tuple[str, str]]:
    """The terms of a record that cost a question, with what they point to."""
    terms = []
    for term in record.split()[1:]:
        modifier, equals, target = term.partition("=")
        found = _TERM.fullmatch(term)
        if equals and modifier.lower() == "redirect":
            terms.append(("redirect", target))
        elif found and found[2].lower() in _ASKING:
            terms.append((found[2].lower(), found[3] or ""))
    return terms


def _mechanism(relay: str) -> str:
    """The term that lets a relay send, by name or by address; ADDRESS where only ops can know it."""
    if is_local(relay):
        return "ip4:ADDRESS"
    try:
        return f"ip{ipaddress.ip_address(relay).version}:{relay}"
    except ValueError:
        return f"a:{relay}"


def _is_known(term: str) -> bool:
    # RFC 7208, section 6: modifiers that are not known are ignored.
    if re.match(r"[a-z][a-z0-9_.-]*=", term, re.IGNORECASE):
        return True
    found = _TERM.fullmatch(term)
    return found is not None and found[2].lower() in _MECHANISMS
