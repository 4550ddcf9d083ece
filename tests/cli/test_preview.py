"""`digest preview`, over the sample week and the test mail server."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from digest import config, files, wiring
from digest.cli.preview import preview
from digest.pipeline import Pipeline

NOW = "2026-01-07T09:00:00-05:00"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_NOW", NOW)


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """The configuration that is shipped, over a database without an edition."""
    path = tmp_path / "config.yaml"
    path.write_bytes(files.shipped("config.yaml").read_bytes())
    wiring.initialise(config.load(path)).close()
    return path


def _pipeline(configuration: Path) -> Pipeline:
    return wiring.open_pipeline(config.load(configuration), wiring.clock_from_environment())


@pytest.fixture
def drafted(configuration: Path) -> Path:
    """The same, with the sample week drafted as edition 1."""
    pipeline = _pipeline(configuration)
    pipeline.collect()
    pipeline.desk.compose("weekly")
    pipeline.database.close()
    return configuration


def _run(configuration: Path, *arguments: str) -> Result:
    return CliRunner().invoke(preview, ["-c", str(configuration), *arguments])


def test_out_writes_files_and_names_them(drafted: Path, tmp_path: Path) -> None:
    result = _run(drafted, "--topics", "asia,china", "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert result.output.split() == [
        str(tmp_path / "out" / name) for name in ("subject.txt", "letter.html", "letter.txt", "letter.eml")
    ]


def test_to_sends_a_proof_outside_the_sums(drafted: Path) -> None:
    result = _run(drafted, "1", "--to", "me@example.org")
    assert result.output == "a proof of edition 1 was sent to me@example.org, marked [TEST]\n"
    pipeline = _pipeline(drafted)
    with pipeline.database.read() as session:
        rows = session.execute(text("SELECT letter, state, edition_id FROM deliveries")).all()
    pipeline.database.close()
    assert [tuple(row) for row in rows] == [("proof", "sent", None)]


def test_nothing_new_writes_nothing(drafted: Path, tmp_path: Path) -> None:
    result = _run(drafted, "--topics", "syria", "--out", str(tmp_path / "out"))
    assert str(result.exception) == "nothing of edition 1 is new to such a reader, so she gets no letter"
    assert not (tmp_path / "out").exists()


def test_without_an_edition_it_says_how_to_make_one(configuration: Path) -> None:
    assert "digest compose" in str(_run(configuration).exception)


def test_topics_and_a_subscriber_exclude_each_other(configuration: Path) -> None:
    assert _run(configuration, "--topics", "asia", "--subscriber", "ada@example.org").exit_code == 2


def test_the_page_is_served_until_interrupted(drafted: Path) -> None:
    command = [sys.executable, "-m", "digest.cli", "preview", "-c", str(drafted), "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with urlopen(address) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert "<code>digest approve 1</code>" in page
