"""`digest dkim`: a key in a file, its record on stdout."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Cli = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(("options", "kind"), [([], "rsa"), (["--ed25519"], "ed25519")])
def test_new_makes_a_key_and_record_shows_it_again(tmp_path: Path, cli: Cli, options: list[str], kind: str) -> None:
    made = cli("dkim", "new", "--domain", "example.org", "--out", "dkim.key", *options)
    assert made.stdout.startswith(f'digest-{kind}._domainkey.example.org. IN TXT "v=DKIM1; k={kind}; p=')
    assert cli("dkim", "record", "--domain", "example.org", "dkim.key").stdout == made.stdout
    assert (tmp_path / "dkim.key").stat().st_mode & 0o777 == 0o600


def test_new_never_overwrites(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "dkim.key").write_text("mine")
    assert "exists" in cli("dkim", "new", "--domain", "example.org", "--out", "dkim.key", code=1).stderr
    assert (tmp_path / "dkim.key").read_text() == "mine"


def test_a_wrong_domain_makes_no_file(tmp_path: Path, cli: Cli) -> None:
    assert "example.org" in cli("dkim", "new", "--domain", "münchen.example", "--out", "dkim.key", code=2).stderr
    assert not (tmp_path / "dkim.key").exists()


def test_a_small_key_is_refused(cli: Cli) -> None:
    cli("dkim", "new", "--domain", "example.org", "--bits", "1024", "--out", "dkim.key", code=2)


def test_the_selector_is_the_owners_choice(cli: Cli) -> None:
    cli("dkim", "new", "--ed25519", "--domain", "example.org", "--out", "dkim.key")
    shown = cli("dkim", "record", "--domain", "example.org", "--selector", "s2026", "dkim.key")
    assert shown.stdout.startswith("s2026._domainkey.example.org. ")
