"""The command line as ops meet it: exit codes, one sentence on stderr, JSON, and nothing half-done."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from digest.cli import COMMANDS, digest
from digest.cli.sources import config_lines

Cli = Any  # tests/conftest.py
NOW = "2026-01-07T14:00:00+00:00"


@pytest.fixture
def started(cli: Cli, tmp_path: Path) -> Cli:
    """A folder after `digest init` and an import of two readers, with the sample collected."""
    (tmp_path / "list.csv").write_text("email,name,topics\nann@example.com,Ann,asia\nbea@example.com,Bea,\n")
    cli("init", now=NOW)
    cli("subscribers", "import", "list.csv", "--confirmed", now=NOW)
    cli("collect", now=NOW)
    return cli


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    shown = CliRunner().invoke(digest, [name, "--help"])
    assert shown.exit_code == 0
    assert "Usage:" in shown.output


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, digest.cli; print([m for m in ('sqlalchemy', 'pydantic', 'aiohttp', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_from_nothing_to_letters(started: Cli, tmp_path: Path) -> None:
    assert "6 new articles" in started("compose", "weekly", now=NOW).stdout
    started("approve", "1", now=NOW)
    assert "2 letters to 1 domains" in started("send", "--dry-run", now=NOW).stdout
    assert "2 sent" in started("send", now=NOW).stdout
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 2
    assert "nothing is due" in started("send", now=NOW).stdout


def test_lists_are_json_for_other_programs(started: Cli) -> None:
    started("compose", "weekly", now=NOW)
    started("approve", "1", now=NOW)
    started("send", now=NOW)
    assert json.loads(started("editions", "--json", now=NOW).stdout)[0]["state"] == "sent"
    deliveries = json.loads(started("deliveries", "--json", now=NOW).stdout)
    assert {row["attempts"][0]["code"] for row in deliveries} == {250}
    assert json.loads(started("sources", "--json", now=NOW).stdout)[0]["name"] == "sample"
    people = json.loads(started("subscribers", "list", "--json", now=NOW).stdout)
    assert [person["topics"] for person in people] == ["asia", "every topic"]


def test_deliveries_as_csv_hold_the_servers_words(started: Cli) -> None:
    started("compose", "weekly", now=NOW)
    started("approve", "1", now=NOW)
    started("send", now=NOW)
    lines = started("deliveries", "--csv", now=NOW).stdout.splitlines()
    assert lines[0].startswith("delivery,edition,letter,address,state")
    assert "250" in lines[1]


def test_a_change_after_approval_breaks_the_seal(started: Cli) -> None:
    started("compose", "weekly", now=NOW)
    started("approve", "1", now=NOW)
    assert "its seal is broken" in started("edit", "1", "--subject", "New", now=NOW).stdout
    assert "is draft, planned for" in started("send", now=NOW).stdout


def test_an_edition_can_be_cancelled(started: Cli) -> None:
    started("compose", "weekly", now=NOW)
    started("cancel", "1", now=NOW)
    assert json.loads(started("editions", "--json", now=NOW).stdout)[0]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("approve", "7"), "there is no edition 7; `digest editions` lists them"),
        (("compose", "daily"), "there is no newsletter 'daily'; config.yaml has: weekly"),
        (("resume", "7"), "there is no edition 7"),
        (("send", "--only-failed", "7"), "there is no edition 7"),
        (("subscribers", "add", "not an address"), "is not an address"),
        (("subscribers", "add", "x@example.com", "--topics", "moon"), "there is no topic 'moon'"),
        (("deliveries", "--to", "nobody"), "is not an address"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(
    started: Cli, words: tuple[str, ...], sentence: str
) -> None:
    done = started(*words, code=1, now=NOW)
    assert done.stderr.startswith("digest: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_usage_is_exit_code_2(cli: Cli) -> None:
    cli("approve", "x", code=2)
    cli("no-such-command", code=2)
    cli("edit", "1", code=2)
    cli("send", "--only-failed", code=2)


def test_without_a_configuration_it_says_what_to_do(cli: Cli) -> None:
    assert "config.yaml" in cli("collect", code=1).stderr


def test_without_a_database_it_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    (tmp_path / "digest.db").unlink()
    assert "digest init" in cli("collect", code=1).stderr


def test_init_may_be_repeated_and_keeps_what_is_there(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    before = (tmp_path / "digest.secrets").read_bytes()
    cli("init")
    assert (tmp_path / "digest.secrets").read_bytes() == before
    assert (tmp_path / "digest.secrets").stat().st_mode & 0o777 == 0o600


def test_init_makes_no_new_secrets_for_an_old_database(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    (tmp_path / "digest.secrets").unlink()
    assert "no secrets file" in cli("init", code=1).stderr


def test_a_bad_row_refuses_the_whole_list_by_its_number(started: Cli, tmp_path: Path) -> None:
    rows = ["email,name,topics", *(f"r{n}@example.com,R," for n in range(2, 7)), "bad@,Bad,", "r8@example.com,R,"]
    (tmp_path / "bad.csv").write_text("\n".join(rows))
    assert "row 7" in started("subscribers", "import", "bad.csv", code=1, now=NOW).stderr
    assert len(json.loads(started("subscribers", "list", "--json", now=NOW).stdout)) == 2
    started("subscribers", "import", "bad.csv", "--keep-good", now=NOW)
    assert len(json.loads(started("subscribers", "list", "--json", now=NOW).stdout)) == 8


def test_an_import_reports_every_refused_row_and_a_dry_run_changes_nothing(started: Cli, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("Mail,Wants,Id\nnew@example.com,asia,1\nbad@,,2\nold@example.com,moon,3\n")
    words = ("subscribers", "import", "odd.csv", "--map", "email=Mail,topics=Wants", "--report", "refused.csv")
    started(*words, code=1, now=NOW)
    refused = (tmp_path / "refused.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in refused] == ["row", "3", "4"]
    assert "'moon' is not a topic" in refused[2]
    assert "1 would be added" in started(*words, "--keep-good", "--dry-run", now=NOW).stdout
    assert len(json.loads(started("subscribers", "list", "--json", now=NOW).stdout)) == 2
    assert "1 added" in started(*words, "--keep-good", now=NOW).stdout
    started("subscribers", "import", "odd.csv", "--map", "email", code=2, now=NOW)


def test_a_topic_that_is_gone_stops_the_start_until_the_file_says_why(started: Cli, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    text = config.read_text()
    config.write_text(text.replace("slug: asia,", "slug: far-east,"))
    assert "renamed_from: asia" in started("editions", code=1, now=NOW).stderr
    config.write_text(text.replace("slug: asia,", "slug: far-east, renamed_from: asia,"))
    people = json.loads(started("subscribers", "list", "--json", now=NOW).stdout)
    assert people[0]["topics"] == "far-east"


def test_sources_check_needs_neither_configuration_nor_database(cli: Cli, tmp_path: Path) -> None:
    feed = tmp_path / "feed.json"
    feed.write_text(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "T",
                "items": [{"id": "1", "url": "https://www.example.org/1", "title": "One", "tags": ["far-off"]}],
            }
        )
    )
    shown = json.loads(cli("sources", "check", feed.as_uri(), "--json").stdout)
    assert (shown["kind"], [article["title"] for article in shown["articles"]]) == ("feed", ["One"])
    assert shown["config"] == ""
    table = cli("sources", "check", str(tmp_path / "feed.json")).stdout
    for words in ("is of kind feed: 1 article, 0 events", "One", "far-off"):
        assert words in table
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".json"] == []


def test_sources_check_files_what_it_finds_under_the_topics_on_offer(started: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text(
        "---\ntitle: A\nurl: https://www.example.org/a\ncategories: [Asia, Alliances]\n---\nText.\n"
    )
    found = json.loads(started("sources", "check", "notes", "--json").stdout)
    assert found["articles"][0]["topics"] == ["asia", "alliances"]
    shown = started("sources", "check", "notes").stdout
    assert "asia, alliances" in shown
    assert '- {name: "notes", kind: folder, path: "notes"}' in shown


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (("feed", "https://www.example.org:8443/a b", False), {"url": "https://www.example.org:8443/a b"}),
        (("wordpress", "http://10.0.0.5", True), {"url": "http://10.0.0.5", "allow_private": True}),
        (("folder", "file:///srv/our%20notes", False), {"path": "/srv/our notes"}),
    ],
)
def test_sources_check_prints_lines_that_yaml_reads(written: tuple[str, str, bool], read: dict[str, object]) -> None:
    kind, location, allow_private = written
    (source,) = yaml.safe_load(config_lines(kind, location, allow_private=allow_private))
    assert {key: value for key, value in source.items() if key not in ("name", "kind")} == read


def test_the_demo_sends_to_everybody_and_says_where_to_look(cli: Cli, tmp_path: Path) -> None:
    shown = cli("demo", "--recipients", "5", "--keep", "demo").stdout
    for word in ("Collected", "Composed", "Sent", "Left out", "test-server"):
        assert word in shown
    assert len(list((tmp_path / "demo" / "outbox" / "new").iterdir())) == 5
    assert "is not empty" in cli("demo", "--keep", "demo", code=1).stderr
