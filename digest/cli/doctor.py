"""`digest doctor`."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli._common import command, counted, json_option, load_settings, show_json

if TYPE_CHECKING:
    from digest.config import Settings
    from digest.doctor import Finding, Patient, Resolve


@command("doctor")
@json_option
def doctor(as_json: bool) -> None:
    """Look at the sending domain, the relay and this machine. Exit code 1: something will cost letters."""
    from digest.doctor import resolve

    findings = list(examine(load_settings(), resolve))
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        _show(findings)
    if any(finding.health == "error" for finding in findings):
        sys.exit(1)


def _show(findings: Sequence["Finding"]) -> None:
    """What was seen, and what to do on a line of its own that is never wrapped: a record is pasted whole."""
    from digest.doctor import Health

    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        rule = f"  ({finding.serves})" if finding.todo and finding.serves else ""
        click.echo(f"{finding.health:<7}  {finding.check:<{width}}  {finding.seen}{rule}")
        if finding.todo:
            click.echo(f"         {finding.todo}")
    counts = Counter(finding.health for finding in findings)
    click.echo(f"{counted(counts[Health.ERROR], 'error')}, {counted(counts[Health.WARNING], 'warning')}")


def examine(settings: "Settings", resolve: "Resolve") -> Iterator["Finding"]:
    """Everything that can be looked at with these settings, one line each."""
    from digest.database import open_database
    from digest.doctor import check_database, check_disk, check_secrets, error, judge_postal_address

    now = datetime.now(UTC)
    yield judge_postal_address(settings.site.postal_address)
    for private in (settings.secrets_file, *(key.key_file for key in settings.sender.dkim)):
        yield check_secrets(private)
    file = _database_file(settings)
    yield from map(
        check_disk, sorted({one.parent for one in (settings.secrets_file, file) if one and one.parent.is_dir()})
    )
    if file and not file.exists():
        yield error("database", f"there is no {file}", "`digest init` makes it")
    else:
        with closing(open_database(settings.database.url)) as database:
            yield from check_database(database, now.timestamp())
    yield from _way_out(settings, resolve, now)


def _way_out(settings: "Settings", resolve: "Resolve", now: datetime) -> Iterator["Finding"]:
    """The domain and the relay, where letters leave this machine at all."""
    from digest.doctor import examine_domains, examine_relays, ok
    from digest.senders.smtp import SmtpSettings

    kind = settings.sender.kind
    if settings.sender.keeps_letters_here:
        yield ok("sender", f"kind {kind}: nothing leaves this machine, so neither relay nor DNS is asked")
        return
    relays: tuple[str, ...] = ()
    if kind == "smtp":
        options = settings.check(("sender",), SmtpSettings)
        relays = tuple(dict.fromkeys(relay.host for relay in options.servers))
        yield from asyncio.run(examine_relays(options, now))
    yield from examine_domains(_patient(settings, relays), resolve)


def _patient(settings: "Settings", relays: tuple[str, ...]) -> "Patient":
    from digest.config.values import ascii_domain
    from digest.doctor import Patient
    from digest.wiring import signer

    addresses = [newsletter.from_address for newsletter in settings.newsletters.values()]
    senders = tuple(dict.fromkeys(map(ascii_domain, addresses)))
    signs = signer(settings)
    envelope = ascii_domain(settings.sender.return_path or addresses[0])
    return Patient(senders, envelope, relays, signs.keys if signs else ())


def _database_file(settings: "Settings") -> Path | None:
    """The database, where it is a file."""
    from sqlalchemy.engine import make_url

    url = make_url(settings.database.url)
    return Path(url.database) if url.drivername == "sqlite" and url.database else None
