"""The relay: what it says when it is called, and what that means for us."""

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiosmtplib

from digest.doctor.finding import Finding, error, ok, warning
from digest.doctor.hosts import is_local
from digest.senders.smtp import Relay, SmtpSettings

_SECONDS = 20.0
_LARGEST_LETTER = 300_000
"""Bytes: 100,000 of HTML in quoted-printable, and its plain text."""
_SOON = timedelta(days=14)
_TLS_SERVES = "Gmail requires TLS"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a relay said. `problem` is set where the call ended early."""

    name: str
    problem: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict)
    """What EHLO offers, in upper case, with its parameters."""
    tls: str = ""
    """`TLSv1.3`; empty where nothing is encrypted."""
    certificate_ends_at: datetime | None = None
    """None where there is no certificate, or it is not verified."""


async def call(relay: Relay, settings: SmtpSettings) -> Answer:
    """Call a relay as the sender does, log in, and hang up."""
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        local_hostname=settings.hostname,
        timeout=_SECONDS,
        use_tls=settings.tls == "implicit",
        start_tls=settings.tls == "starttls",
        validate_certs=settings.verify,
        username=settings.username or None,
        password=settings.password.get_secret_value() or None,
    )
    name = f"{relay.host}:{relay.port}"
    try:
        async with client:
            words = (await client.ehlo()).message
            secured = client.get_transport_info("ssl_object")
            return Answer(name, "", read_extensions(words), *_secured(secured))
    except aiosmtplib.SMTPResponseException as problem:
        return Answer(name, _line(f"it answers {problem.code} {problem.message}"))
    except (aiosmtplib.SMTPException, OSError) as problem:
        return Answer(name, _line(str(problem) or type(problem).__name__))


def read_extensions(words: str) -> dict[str, str]:
    """The extensions of an EHLO reply (RFC 5321, section 4.1.1.1): the lines after the greeting."""
    offered = {}
    for line in words.splitlines()[1:]:
        if found := re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =]([\x21-\x7e ]*))?", line.strip()):
            offered[found[1].upper()] = (found[2] or "").strip()
    return offered


def judge_answer(answer: Answer, settings: SmtpSettings, now: datetime) -> list[Finding]:
    """What an answer means. `now` is aware."""
    if answer.problem:
        seen = f"{answer.name}: {answer.problem}"
        return [error("relay", seen, "check sender.host, port, tls, username and password in config.yaml")]
    return [*_judge_tls(answer, settings, now), *_judge_offer(answer)]


def _judge_tls(answer: Answer, settings: SmtpSettings, now: datetime) -> Iterator[Finding]:
    host = answer.name.rpartition(":")[0]
    if not answer.tls:
        if is_local(host):
            yield ok("TLS", f"{answer.name} is on this machine, and takes letters in the clear")
        else:
            todo = "set sender.tls to starttls or implicit in config.yaml"
            yield warning("TLS", f"{answer.name}: letters travel in the clear", todo, _TLS_SERVES)
        return
    if not settings.verify:
        todo = "set sender.verify to true in config.yaml"
        yield warning("TLS", f"{answer.name}: {answer.tls}, with a certificate nobody looks at", todo, _TLS_SERVES)
    ends = answer.certificate_ends_at
    if ends and ends - now < _SOON:
        seen = f"{answer.name}: {answer.tls}; its certificate ends on {ends:%Y-%m-%d}"
        yield warning("TLS", seen, "have it renewed: without it nothing is sent", _TLS_SERVES)
    elif ends:
        yield ok("TLS", f"{answer.name}: {answer.tls}, certificate good until {ends:%Y-%m-%d}", _TLS_SERVES)


def _judge_offer(answer: Answer) -> Iterator[Finding]:
    offered, name = answer.extensions, answer.name
    limit = int(offered.get("SIZE", "0")) if offered.get("SIZE", "0").isdecimal() else 0
    if 0 < limit < _LARGEST_LETTER:
        seen = f"{name} takes letters of at most {limit:,} bytes"
        yield error("limits", seen, f"have the limit raised to {_LARGEST_LETTER:,} or more")
    if "PIPELINING" not in offered:
        seen = f"{name} offers no PIPELINING, so every letter takes four round trips"
        yield warning("limits", seen, "turn it on if you can; sending works without it")
    if "SMTPUTF8" not in offered:
        seen = f"{name} offers no SMTPUTF8: readers with addresses like élise@example.org get nothing"
        yield warning("limits", seen, "turn it on if you have such readers")
    shown = ", ".join(f"{key} {value}".strip() for key, value in sorted(offered.items()) if key != "AUTH")
    yield ok("relay", f"{name} answers and offers {shown or 'nothing'}")


def _line(words: str) -> str:
    return " ".join(words.split())[:200]


def _secured(secured: object) -> tuple[str, datetime | None]:
    if not isinstance(secured, (ssl.SSLObject, ssl.SSLSocket)):
        return "", None
    ends = (secured.getpeercert() or {}).get("notAfter")
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC) if ends else None
    return secured.version() or "TLS", ends_at
