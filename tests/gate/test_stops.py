"""What the gate does to an edition: at approval, where a person may override it, and before it is sent."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import text

from digest import scheduler
from digest.errors import EditionError, GateError
from digest.gate import Finding
from digest.inspection import Sample
from digest.record import freeze
from digest.record.editions import Change

TITLE = "What China wants"
WHY = "the designer is away"
SPOILT = "{{ preferences_url }} {{ unsubscribe_url }} undefined\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(cli: Run, world: Any) -> Run:
    """Runs `digest …` at the world's time."""
    return lambda *words, code=0: cli(*words, code=code, now=world.clock().isoformat())


@pytest.fixture
def spoilt(world: Any) -> Any:
    """A world whose plain text has lost its articles and the postal address; edition 1 is a draft."""
    world.publish(TITLE, "Asia Program")
    world.subscribe("ann")
    world.desk.compose("weekly")
    spoil(world)
    return world


def spoil(world: Any) -> None:
    own = world.folder / "own" / "email" / "digest" / "body.txt"
    own.parent.mkdir(parents=True)
    own.write_text(SPOILT)
    with (world.folder / "config.yaml").open("a") as config:
        config.write("\ntemplates: own\n")


def withdraw(world: Any) -> None:
    """Take an article away at its source, which has another one still."""
    world.publish("Left alone", "Nothing we follow")
    (world.folder / "articles" / f"{TITLE.lower().replace(' ', '-')}.md").unlink()
    world.pipeline.collect()


def test_an_edition_with_errors_is_not_approved(spoilt: Any, run: Run) -> None:
    said = run("approve", "1", code=1).stderr
    assert said.startswith("digest: edition 1 cannot go out: plain text: ")
    assert said.endswith("more; `digest check 1` shows all\n")
    assert spoilt.desk.standing(1).state == "draft"


def test_who_overrides_errors_says_why_and_it_is_sent_and_on_record(spoilt: Any, run: Run) -> None:
    assert "errors overridden: digest check 1" in run("approve", "1", "--force", "--why", WHY).stdout
    with spoilt.database.read() as session:
        rows = session.execute(text("SELECT DISTINCT rule, overridden_by, why FROM overrides ORDER BY rule")).all()
    by = spoilt.desk.standing(1).approved_by
    rules = ("left-over", "links-in-text", "postal-address", "titles-in-text")
    assert [tuple(row) for row in rows] == [(rule, by, WHY) for rule in rules]
    assert "1 sent" in run("send").stdout


def test_an_override_is_for_what_it_was_given_for(spoilt: Any, run: Run) -> None:
    run("approve", "1", "--force", "--why", WHY)
    withdraw(spoilt)
    done = run("send", code=1)
    assert f"edition 1 is draft: article “{TITLE}”: its source has withdrawn it\n" in done.stdout
    assert list(spoilt.letters()) == ["ops@example.org"]


def test_what_is_changed_while_it_is_judged_is_not_approved(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish(TITLE, "Asia Program")
    world.desk.compose("weekly")
    judge = Sample.judge

    def judge_slowly(sample: Sample, *, http_allowed: bool) -> list[Finding]:
        world.desk.change(1, Change(subject="Another"))
        return judge(sample, http_allowed=http_allowed)

    monkeypatch.setattr(Sample, "judge", judge_slowly)
    with pytest.raises(EditionError, match="changed while it was judged; approve it again"):
        world.desk.approve(1)
    assert world.desk.standing(1).state == "draft"


@pytest.mark.parametrize("words", [("--force",), ("--force", "--why", " "), ("--why", "because")])
def test_force_and_its_reason_go_together(words: tuple[str, ...], cli: Run) -> None:
    cli("approve", "1", *words, code=2)


def test_without_errors_nothing_is_overridden(world: Any, run: Run) -> None:
    world.publish(TITLE, "Asia Program")
    world.desk.compose("weekly")
    assert "overridden" not in run("approve", "1", "--force", "--why", "in case").stdout
    with world.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM overrides")).scalar_one() == 0


@pytest.mark.parametrize(
    ("sender", "code"),
    [("kind: smtp, host: smtp.example.org", 1), ("kind: test, store: outbox", 0), ("kind: folder, path: letters", 0)],
)
def test_an_http_link_of_ours_is_refused_where_letters_leave(sender: str, code: int, world: Any, run: Run) -> None:
    file = world.folder / "config.yaml"
    head = file.read_text().partition("\nsender:")[0].replace("http://127.0.0.1:8000", "https://letters.example.org")
    file.write_text(f"{head}\nsender: {{{sender}}}\n")
    (world.folder / "articles" / "ours.md").write_text(
        "---\n{title: Ours, url: 'http://letters.example.org/ours', date: 2026-01-06, categories: [NATO]}\n---\nText.\n"
    )
    world.pipeline.collect()
    world.desk.compose("weekly")
    said = run("approve", "1", code=code).stderr
    assert ("http://letters.example.org/ours is not safe" in said) is bool(code)


def test_a_withdrawn_article_stops_the_send_until_it_is_approved_anew(world: Any, run: Run) -> None:
    world.publish(TITLE, "Asia Program")
    world.publish("Allies and their bills", "NATO")
    world.subscribe("ann")
    world.edition()
    withdraw(world)
    assert "edition 1 was stopped: `digest check 1` shows all" in run("send", code=1).stderr
    run("approve", "1")
    assert "1 sent" in run("send").stdout
    assert TITLE not in world.letters()["ann@example.com"].as_string()


def test_of_a_freeze_that_was_broken_off_nothing_old_is_sent(
    world: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(TITLE, "Asia Program")
    world.publish("Allies and their bills", "NATO")
    world.subscribe("ann")
    world.edition()
    monkeypatch.setattr(freeze, "finish", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        world.pipeline.freeze(1)
    withdraw(world)
    run("send", code=1)
    run("approve", "1")
    assert "1 sent" in run("send").stdout
    assert TITLE not in world.letters()["ann@example.com"].as_string()


def test_a_changed_article_is_a_warning(world: Any, run: Run) -> None:
    world.publish(TITLE, "Asia Program", name="one")
    world.subscribe("ann")
    world.edition()
    world.publish("What China wants now", "Asia Program", name="one")
    assert "edition 1: 0 errors, 1 warning" in run("check", "1").stdout
    assert "1 sent" in run("send").stdout


def test_a_cancelled_event_stops_the_send_and_a_moved_one_is_a_warning(world: Any, run: Run) -> None:
    talks = {name: world.folder / "articles" / f"{name}.md" for name in ("one", "two")}
    for name, file in talks.items():
        facts = f"title: Talk {name}\nurl: https://www.example.org/{name}\nkind: event\ncategories: [NATO]"
        file.write_text(f"---\n{facts}\nstarts: 2026-02-01 18:30\n---\n")
    world.publish(TITLE, "NATO")
    world.subscribe("ann")
    world.edition()
    talks["one"].write_text(talks["one"].read_text().replace("18:30", "19:30"))
    talks["two"].unlink()
    world.pipeline.collect()
    found = run("check", "1", code=1).stdout
    assert "event “Talk one”: its source has changed it since" in found
    assert "event “Talk two”: its source has withdrawn it" in found
    run("send", code=1)
    run("approve", "1")
    assert "1 sent" in run("send").stdout
    assert "Talk two" not in world.letters()["ann@example.com"].as_string()


def test_beside_a_newer_draft_a_stopped_edition_waits_and_the_others_go(world: Any, run: Run) -> None:
    world.publish(TITLE, "Asia Program")
    world.subscribe("ann")
    world.edition()
    withdraw(world)
    world.clock.move(minutes=5)
    world.publish("Allies and their bills", "NATO")
    second = world.desk.compose("weekly")
    assert "edition 1 was stopped" in run("send", code=1).stderr
    assert world.desk.standing(1).state == "approved"
    world.desk.approve(second)
    run("send", code=1)
    assert world.desk.standing(second).state == "sent"


def test_where_nobody_approves_ops_are_told_once(new_world: Callable[..., Any]) -> None:
    world = new_world(approval="none")
    world.publish(TITLE, "Asia Program")
    world.subscribe("ann")
    templates = {**world.desk.templates(), "email/digest/body.txt": SPOILT}
    pipeline = replace(world.pipeline, desk=replace(world.desk, templates=lambda: templates))
    with pytest.raises(GateError, match="edition 1 cannot go out"):
        pipeline.desk.compose("weekly")
    for _ in range(2):
        scheduler.tick(pipeline)
    standing = world.desk.standing(1)
    assert standing.state == "draft"
    assert standing.reason.startswith("edition 1 cannot go out: ")
    world.send()
    assert list(world.letters()) == ["ops@example.org"]
    assert len(list((world.folder / "letters").glob("*.eml"))) == 1
