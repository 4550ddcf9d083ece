"""This machine and its database: clock, free disk, versions, secrets, and what the law wants in config.yaml."""

import shutil
import stat
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from digest.database import SCHEMA, Database, database_seconds, require_schema
from digest.doctor.finding import Finding, error, ok, warning
from digest.errors import DatabaseError

_MEGABYTE = 1_000_000
_LEASE_SECONDS = 60
_SAMPLE_ADDRESS = "1 Example Avenue, Washington, DC 20001, USA"


def judge_clock(ours: float, theirs: float) -> Finding:
    """Our clock and the database's, in seconds since 1970. Leases of 60 s go by the database's, hours by ours."""
    apart = abs(ours - theirs)
    seen = f"{apart:.1f} s from the database's"
    if apart > _LEASE_SECONDS:
        return error("clock", seen, "set both machines by NTP: senders would take each other's deliveries over")
    if apart > 5:
        return warning("clock", seen, "set both machines by NTP: editions would start early or late")
    return ok("clock", seen)


def check_disk(folder: Path) -> Finding:
    """How much room there is where a file lies."""
    return judge_disk(folder, shutil.disk_usage(folder).free)


def judge_disk(folder: Path, free_bytes: int) -> Finding:
    """A full disk stops a send in the middle; a million deliveries take some 600 MB."""
    seen = f"{free_bytes // _MEGABYTE:,} MB free in {folder}"
    if free_bytes < 100 * _MEGABYTE:
        return error("disk", seen, "make room before anything is sent")
    if free_bytes < 1000 * _MEGABYTE:
        return warning("disk", seen, "make room: an edition of a million letters takes some 600 MB")
    return ok("disk", seen)


def check_database(database: Database, ours: float) -> list[Finding]:
    """The database's version, schema and clock; `ours` is the machine's time in seconds since 1970."""
    try:
        require_schema(database)
        with database.read() as session:
            dialect = session.get_bind().dialect.name
            asked = "SELECT sqlite_version()" if dialect == "sqlite" else "SHOW server_version"
            version, theirs = session.execute(text(asked)).scalar_one(), database_seconds(session)
    except DatabaseError as problem:
        return [error("database", str(problem), "mend this first")]
    except SQLAlchemyError as problem:
        return [error("database", f"it does not answer: {type(problem).__name__}", "see its own log")]
    return [ok("database", f"{dialect} {version}, schema {SCHEMA}"), judge_clock(ours, theirs)]


def check_secrets(path: Path) -> Finding:
    """Whether the secrets are there, and readable by their owner alone."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return error("secrets", f"there is no {path}", "put it back from your backup; `digest init` makes the first")
    if mode & 0o077:
        return error("secrets", f"{path} can be read by others (mode {mode:o})", f"chmod 600 {path}")
    return ok("secrets", f"{path} is readable by its owner alone")


def judge_postal_address(address: str) -> Finding:
    """CAN-SPAM and CASL want a real one in every letter."""
    serves = "the law of the United States and Canada requires it"
    if not address.strip() or address == _SAMPLE_ADDRESS:
        seen = "it is still the sample's"
        return error("postal address", seen, "write your own in site.postal_address of config.yaml", serves)
    return ok("postal address", address, serves)
