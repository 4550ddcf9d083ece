"""What the drill works on: a folder with a configuration, made-up readers, and one approved edition."""

import io
from datetime import UTC, datetime
from pathlib import Path

import yaml

import subscribers
from digest import wiring
from digest.config import load
from digest.database import known_key_check, open_database, schema_version
from digest.errors import DatabaseError
from digest.pipeline import Pipeline

NOW = datetime(2026, 1, 7, 14, 0, tzinfo=UTC)
"""What the program takes for the present: when the letter of the sample week is due."""

CONNECTIONS = 10

_NAMES = {"china": "China", "taiwan": "Taiwan", "asia": "Asia", "alliances": "Alliances"}
_TOPICS = ("", "asia", "china", "taiwan;asia", "alliances;asia", "china;taiwan")
"""What the readers follow, in turn; empty is every topic. Each has news in the sample week."""


def prepare(folder: Path, database_url: str, port: int, recipients: int) -> Pipeline:
    """Everything up to the approved edition 1, its letters bound for a server on `port` of loopback.

    Raises DatabaseError for a database that is in use already.
    """
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(_configuration(database_url, port)))
    settings = load(config)
    _require_unused(settings.database.url)
    wiring.initialise(settings).close()
    pipeline = wiring.open_pipeline(settings, wiring.clock_from(NOW))
    _subscribe(pipeline, recipients)
    pipeline.collect()
    pipeline.desk.approve(pipeline.desk.compose("weekly"), by="drill")
    return pipeline


def _configuration(database_url: str, port: int) -> dict[str, object]:
    return {
        "site": {
            "name": "Drill",
            "url": "https://www.example.org",
            "timezone": "America/New_York",
            "postal_address": "1 Example Avenue",
        },
        "web": {"url": "https://letters.example.org"},
        "database": {"url": database_url},
        "topics": [{"slug": slug, "name": name} for slug, name in _NAMES.items()],
        "sources": [{"name": "sample", "kind": "folder", "path": "sample:"}],
        "newsletters": {"weekly": {"name": "Drill", "from": "Drill <news@example.org>", "every": "wed 09:00"}},
        "sender": {
            "kind": "smtp",
            "host": "127.0.0.1",
            "port": port,
            "tls": "none",
            "connections": CONNECTIONS,
            "uncertain": "resend",
        },
    }


def _require_unused(url: str) -> None:
    database = open_database(url)
    used = schema_version(database) is not None and known_key_check(database) is not None
    database.close()
    if used:
        raise DatabaseError("this database is in use; give the drill an empty one of its own (createdb drill)")


def _subscribe(pipeline: Pipeline, recipients: int) -> None:
    rows = (f"reader{n}@example{n % 50}.org,,{_TOPICS[n % len(_TOPICS)]}" for n in range(recipients))
    with pipeline.database.one_connection() as connection:
        subscribers.import_list(
            connection,
            pipeline.keys.address,
            io.BytesIO("\n".join(["email,name,topics", *rows]).encode()),
            offer=subscribers.Offer({"weekly": {slug: slug for slug in _NAMES}}, "weekly"),
            confirmed=True,
            via="drill",
            now=pipeline.clock(),
        )
