"""The public keys of DKIM in the DNS, held against the private ones that sign (RFC 6376, RFC 8301, RFC 8463)."""

from collections.abc import Sequence

from digest.dkim import SigningKey, kind, record
from digest.doctor.dns import Resolve
from digest.doctor.finding import Finding, error, ok, warning
from digest.doctor.tags import read_tags

_SERVES = "Gmail, Yahoo and Microsoft require DKIM"
_GOOD_BITS = 2048


def check_dkim(domain: str, keys: Sequence[SigningKey], resolve: Resolve) -> list[Finding]:
    """Look for the public half of each of our keys; without any, say how to find out. Raises DnsError."""
    if not keys:
        todo = (
            "nothing, if the relay signs: mail yourself a proof (digest preview --to) and look for dkim=pass in its "
            "headers. Else make a key: digest dkim new"
        )
        return [warning("DKIM", f"{domain}: we sign nothing (sender.dkim names no key)", todo, _SERVES)]
    return [judge_dkim(key, resolve(record(key).name, "TXT")) for key in keys]


def judge_dkim(key: SigningKey, records: Sequence[str]) -> Finding:
    """What the TXT records of a key's name say."""
    ours = record(key)
    found = [tags for tags in map(read_tags, records) if "p" in tags]
    if not found:
        return error("DKIM", f"{ours.name} has no key", f"add {ours}", _SERVES)
    if len(found) > 1:
        return error("DKIM", f"{ours.name} has {len(found)} keys", f"keep this one alone: {ours}", _SERVES)
    published, wanted = found[0], read_tags(ours.value)
    if not published["p"]:
        return error("DKIM", f"{ours.name}: the key is revoked (p= is empty)", "sign with another selector", _SERVES)
    same = "".join(published["p"].split()) == wanted["p"] and published.get("k", "rsa") == wanted["k"]
    if not same:
        return error("DKIM", f"{ours.name} is not the key that signs", f"replace it by {ours}", _SERVES)
    bits = key.bits
    seen = f"{ours.name}: {kind(key.private)} with {bits} bits, the one that signs"
    if kind(key.private) == "rsa" and bits < _GOOD_BITS:
        todo = f"make one of {_GOOD_BITS} bits: digest dkim new"
        return warning("DKIM", seen, todo, "Yahoo and RFC 8301 recommend 2048 bits")
    return ok("DKIM", seen, _SERVES)
