"""DMARC of the From domain, found by walking up the DNS tree (RFC 9989, section 4.10), and alignment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.doctor.dns import Resolve
from digest.doctor.finding import Finding, error, ok, warning
from digest.doctor.tags import read_tags

_SERVES = "Gmail, Yahoo and Microsoft require a DMARC record"
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walk up from a domain found: the tags of each name's record, from the domain up."""

    domain: str
    records: Mapping[str, Mapping[str, str]]

    @property
    def organisation(self) -> str:
        """The organisational domain (RFC 9989, section 4.10.2): names that share it are aligned."""
        for name, tags in self.records.items():
            if tags.get("psd") == "n":
                return name
            if tags.get("psd") == "y" and name != self.domain:
                return ".".join(self.domain.split(".")[-name.count(".") - 2 :])
        return list(self.records)[-1] if self.records else self.domain

    @property
    def policy(self) -> tuple[str, Mapping[str, str]] | None:
        """The record that holds for the domain, and the name it stands at: its own, or else that of the organisation,
        or of the public suffix above (section 4.10.1)."""
        for name in (self.domain, self.organisation, *self.records):
            if name in self.records:
                return name, self.records[name]
        return None


def names_to_ask(domain: str) -> list[str]:
    """The domain and those above it; of a very long one, the seven last labels at most, so that nobody asks forever."""
    labels = domain.split(".")
    above = labels[1:] if len(labels) < 8 else labels[-7:]
    return [domain, *(".".join(above[start:]) for start in range(len(above)))]


def walk(domain: str, resolve: Resolve) -> Walk:
    """Ask from the domain upwards, until a record says that the organisation or a public suffix is reached."""
    found: dict[str, Mapping[str, str]] = {}
    for name in names_to_ask(domain):
        tags = read_policy(resolve(f"_dmarc.{name}", "TXT"))
        if tags is not None:
            found[name] = tags
            if tags.get("psd") == "n" or (tags.get("psd") == "y" and name != domain):
                break
    return Walk(domain, found)


def read_policy(records: Sequence[str]) -> Mapping[str, str] | None:
    """The tags of the one DMARC record among these; several count as none (RFC 9989, section 4.10)."""
    # The version comes first and in this very case; tags that are not known are ignored by whoever reads the rest.
    found = [record for record in records if "".join(record.partition(";")[0].split()) == "v=DMARC1"]
    return read_tags(found[0]) if len(found) == 1 else None


def check_dmarc(domain: str, envelope: str, signers: Sequence[str], resolve: Resolve) -> list[Finding]:
    """Look for the policy of a From domain, and whether the envelope's domain and those that sign are aligned with it.

    Raises DnsError.
    """
    sender = walk(domain, resolve)
    signed = [walk(one, resolve) for one in dict.fromkeys(signers)]
    return [judge_dmarc(sender), judge_alignment(sender, walk(envelope, resolve), signed)]


def judge_dmarc(found: Walk) -> Finding:
    """Whether a policy holds for the domain, and whether it can be read."""
    if found.policy is None:
        record = f'_dmarc.{found.domain}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@{found.domain}"'
        return error("DMARC", f"{found.domain} has none, nor has a domain above it", f"add {record}", _SERVES)
    name, tags = found.policy
    policy = tags.get("p", "") if name == found.domain else tags.get("sp", tags.get("p", ""))
    if policy.lower() not in _POLICIES:
        seen = f"_dmarc.{name} has no policy that can be read (p={policy})"
        return warning("DMARC", seen, "write p=none, p=quarantine or p=reject into it", _SERVES)
    return ok("DMARC", f"_dmarc.{name}: {policy.lower()}", _SERVES)


def judge_alignment(sender: Walk, envelope: Walk, signers: Sequence[Walk] = ()) -> Finding:
    """Whether SPF or our own DKIM speaks for the From domain (RFC 9989, section 4.4)."""
    serves = "Microsoft, Gmail and Yahoo require From to be aligned with SPF or DKIM"
    seen = f"From at {sender.domain}, return path at {envelope.domain}"
    if _is_aligned(sender, envelope, "aspf"):
        return ok("alignment", seen, serves)
    if signer := next((one for one in signers if _is_aligned(sender, one, "adkim")), None):
        return ok("alignment", f"{seen}: SPF does not count for DMARC, but DKIM does, with d={signer.domain}", serves)
    todo = f"set sender.return_path to an address at {sender.domain}, or be sure that DKIM signs with d={sender.domain}"
    return warning("alignment", f"{seen}: SPF does not count for DMARC", todo, serves)


def _is_aligned(sender: Walk, other: Walk, mode: str) -> bool:
    """Whether a domain speaks for From: it shares its organisation, or is the same where the policy is strict."""
    strict = sender.policy is not None and sender.policy[1].get(mode) == "s"
    return sender.domain == other.domain if strict else sender.organisation == other.organisation
