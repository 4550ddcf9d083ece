"""`digest check` as staff meet it: before an edition is sent, and afterwards."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from digest.cli import digest
from digest.errors import EditionError
from digest.models import ArticleRow

Check = Callable[..., Result]


@pytest.fixture
def check(world: Any) -> Check:
    """Runs `digest check …` on a world with two articles, whose edition 1 is drafted."""
    world.publish("What China wants", "Asia Program")
    world.publish("Allies and their bills", "NATO")
    world.desk.compose("weekly")
    return lambda *words: CliRunner().invoke(digest, ["-c", str(world.folder / "config.yaml"), "check", *words])


def test_a_draft_is_judged_for_every_topic_and_for_each_alone(check: Check) -> None:
    done = check("1")
    assert done.stdout == "edition 1: 0 errors, 0 warnings in 3 letters\n"
    assert done.exit_code == 0


def test_what_is_stored_is_judged_once_it_is_sent(check: Check, world: Any) -> None:
    world.subscribe("ann", "asia")
    world.desk.approve(1, by="test")
    world.send()
    assert check("1").stdout == "edition 1: 0 errors, 0 warnings in 1 letter\n"


def test_an_error_is_shown_and_changes_the_exit_code(check: Check, world: Any) -> None:
    text = world.folder / "own" / "email" / "digest" / "body.txt"
    text.parent.mkdir(parents=True)
    text.write_text("{{ preferences_url }} {{ unsubscribe_url }} {{ brand.postal_address }} undefined\n")
    with (world.folder / "config.yaml").open("a") as config:
        config.write("\ntemplates: own\n")
    done = check("1", "--json")
    assert {finding["rule"] for finding in json.loads(done.stdout)} == {"left-over", "links-in-text", "titles-in-text"}
    assert done.exit_code == 1


def test_a_withdrawn_article_is_an_error(check: Check, world: Any) -> None:
    world.desk.approve(1, by="test")
    with world.database.write() as session:
        session.scalars(
            select(ArticleRow).where(ArticleRow.title == "What China wants")
        ).one().withdrawn_at = world.clock()
    findings = json.loads(check("1", "--json").stdout)
    assert [(finding["rule"], finding["place"]) for finding in findings] == [
        ("withdrawn", "article “What China wants”")
    ]


def test_an_edition_that_is_not_there(check: Check) -> None:
    error = check("7").exception
    assert isinstance(error, EditionError)
    assert "there is no edition 7" in str(error)
