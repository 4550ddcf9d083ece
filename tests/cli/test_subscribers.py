"""`digest subscribers`: one reader looked at, explained, suppressed and erased; a list given out and taken in."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Cli = Any  # tests/conftest.py
NOW = "2026-01-07T14:00:00+00:00"
ANN = "ann@example.com"


def test_a_reader_is_shown_explained_suppressed_and_erased(cli: Cli, tmp_path: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = cli("subscribers", *words, code=code, now=NOW)
        return str(done.stdout or done.stderr)

    (tmp_path / "list.csv").write_text(f"email,name,topics\n{ANN},Ann,asia\nbea@gmial.com,Bea,\n")
    cli("init", now=NOW)
    run("import", "list.csv", "--confirmed")
    for words in (("collect",), ("compose", "weekly"), ("approve", "1"), ("send",)):
        cli(*words, now=NOW)

    held = json.loads(run("show", ANN, "--json"))
    assert held["person"]["name"] == "Ann"
    assert held["deliveries"][0]["attempts"][0]["code"] == 250
    assert "2.0.0 stored" in run("show", ANN)
    assert "because she follows Asia" in run("explain", ANN)
    assert json.loads(run("explain", ANN, "1", "--json"))[0]["state"] == "sent"
    assert "probably gmail.com was meant" in run("doctor")
    assert [row["email"] for row in csv.DictReader(run("export", "--topic", "NATO").splitlines())] == ["bea@gmial.com"]
    assert [row["email"] for row in json.loads(run("export", "--format", "json"))] == [ANN, "bea@gmial.com"]

    run("suppress", "@gmial.com")
    assert [row["suppressed"] for row in json.loads(run("list", "--json"))] == ["", "by hand"]
    assert "may be written to again" in run("unsuppress", "@gmial.com")
    assert "nothing stands against" in run("unsuppress", ANN)

    assert "1 letters to her removed" in run("erase", ANN)
    assert "nobody with the address" in run("erase", ANN, code=1)
    assert "only its owner" in run("unsuppress", ANN, code=1)
    found = [path.name for path in tmp_path.rglob("*") if path.is_file() and ANN.encode() in path.read_bytes()]
    assert found == ["list.csv"]
    assert "1 passed over: erased" in run("import", "list.csv", "--confirmed")

    with closing(sqlite3.connect(tmp_path / "digest.db")) as database:
        audit = database.execute("SELECT what, about, who, at FROM audit ORDER BY id").fetchall()
    assert [(what, about) for what, about, _, _ in audit if not about.startswith("address")] == [
        ("subscribers import", "2 added, 0 changed, 0 left"),
        ("compose", "edition 1"),
        ("approve", "edition 1"),
        ("subscribers suppress", "@gmial.com: by hand"),
        ("subscribers unsuppress", "@gmial.com"),
        ("subscribers erase", "subscriber 1"),
        ("subscribers import", "0 added, 0 changed, 0 left"),
    ]
    assert {(bool(who), at[:10]) for _, _, who, at in audit} == {(True, "2026-01-07")}
