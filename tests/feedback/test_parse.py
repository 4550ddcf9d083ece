"""`digest feedback parse`: any path, one line a message, nothing changed."""

import json
import mailbox
from pathlib import Path
from typing import Any

from tests.feedback.messages import block, complaint, dsn, plain

Cli = Any  # tests/conftest.py

HARD = dsn(block(said="550 5.1.1 User unknown"))


def test_every_kind_of_path_is_read_and_nothing_is_changed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(HARD)
    maildir = mailbox.Maildir(tmp_path / "maildir")
    maildir.add(complaint())
    box = mailbox.mbox(tmp_path / "box")
    box.add(HARD)
    box.add(plain("From what I see, ann@example.com: mailbox is full"))
    box.close()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    lines = cli("feedback", "parse", "--json", "one.eml", "maildir", "box").stdout.splitlines()

    found = [json.loads(line) for line in lines]
    assert [one["verdict"] for one in found] == ["hard", "complaint", "hard", "soft"]
    assert [one["file"] for one in found][::2] == ["one.eml", "box#1"]
    assert found[0] == {
        "file": "one.eml",
        "verdict": "hard",
        "recipients": [{"address": "ann@example.com", "status": "5.1.1", "reason": "user-unknown"}],
        "evidence": "550 5.1.1 User unknown",
    }
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    shown = cli("feedback", "parse", "one.eml").stdout
    assert shown == "one.eml: hard: ann@example.com user-unknown 5.1.1: 550 5.1.1 User unknown\n"


def test_a_path_that_is_not_there_is_named(cli: Cli) -> None:
    assert "nowhere" in cli("feedback", "parse", "nowhere", code=2).stderr
