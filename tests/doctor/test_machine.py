"""This machine and its database, and the command that shows all of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from digest import keys
from digest.cli import digest
from digest.cli.doctor import examine
from digest.config import load
from digest.database import SCHEMA, Database, open_database
from digest.dkim import SigningKey, new_ed25519, record, write_key
from digest.doctor import check_database, check_disk, check_secrets, judge_postal_address
from digest.doctor.machine import judge_clock, judge_disk
from digest.testserver import TestServer


def test_a_database_in_order(database: Database) -> None:
    findings = check_database(database, 0.0)
    assert [(finding.check, str(finding.health)) for finding in findings] == [("database", "ok"), ("clock", "error")]
    assert f"schema {SCHEMA}" in findings[0].seen


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/none.db")
    findings = check_database(database, 0.0)
    database.close()
    assert [str(finding.health) for finding in findings] == ["error"]


@pytest.mark.parametrize(("apart", "health"), [(1, "ok"), (-10, "warning"), (61, "error")])
def test_the_clocks(apart: float, health: str) -> None:
    assert judge_clock(1000.0 + apart, 1000.0).health == health


@pytest.mark.parametrize(("megabytes", "health"), [(99, "error"), (999, "warning"), (1000, "ok")])
def test_the_disk(megabytes: int, health: str, tmp_path: Path) -> None:
    assert judge_disk(tmp_path, megabytes * 1_000_000).health == health
    assert check_disk(tmp_path).check == "disk"


def test_the_secrets(tmp_path: Path) -> None:
    assert check_secrets(tmp_path / "none").health == "error"
    keys.create(tmp_path / "secrets")
    assert check_secrets(tmp_path / "secrets").health == "ok"
    (tmp_path / "secrets").chmod(0o640)
    assert check_secrets(tmp_path / "secrets").todo == f"chmod 600 {tmp_path}/secrets"


def test_the_postal_address_is_the_owners_own() -> None:
    sample = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())["site"]["postal_address"]
    assert judge_postal_address(sample).health == "error"
    assert judge_postal_address("2 Real Street, Washington").health == "ok"


def test_the_command_where_nothing_leaves(world: Any) -> None:
    done = CliRunner().invoke(digest, ["-c", str(world.folder / "config.yaml"), "doctor", "--json"])
    rows = json.loads(done.stdout)
    assert [row["health"] for row in rows] == ["ok"] * len(rows)
    assert rows[-1]["seen"].startswith("kind folder: nothing leaves this machine")
    assert done.exit_code == 0


def test_the_whole_round_with_a_relay_and_a_key_of_our_own(
    world: Any, dns: Callable[..., Any], good_zone: dict[tuple[str, str], Any]
) -> None:
    file, key = world.folder / "config.yaml", SigningKey("example.org", "s1", new_ed25519())
    write_key(world.folder / "s1.key", key.private)
    config = yaml.safe_load(file.read_text()) | {"web": {"url": "https://letters.example.org"}}
    with TestServer(world.folder / "store") as server:
        config["sender"] = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "tls": "none"}
        config["sender"]["dkim"] = [{"selector": "s1", "domain": "example.org", "key_file": "s1.key"}]
        file.write_text(yaml.safe_dump(config))
        found = list(examine(load(file), dns(good_zone)))[-9:]
    assert [finding.check for finding in found] == [
        *("TLS", "limits", "relay", "SPF", "MX", "DKIM", "DMARC", "alignment", "PTR")
    ]
    assert found[5].todo == f"add {record(key)}"


def test_before_digest_init_the_doctor_makes_nothing(tmp_path: Path, cli: Callable[..., Any]) -> None:
    (tmp_path / "config.yaml").write_bytes((Path(__file__).parents[2] / "config.yaml").read_bytes())
    shown = cli("doctor", code=1).stdout
    assert "`digest init` makes it" in shown
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]


def test_an_error_changes_the_exit_code(world: Any) -> None:
    world.settings.secrets_file.chmod(0o644)
    done = CliRunner().invoke(digest, ["-c", str(world.folder / "config.yaml"), "doctor"])
    assert "can be read by others" in done.stdout
    assert done.exit_code == 1
