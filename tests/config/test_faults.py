"""Every fault in the file is one sentence with file, line, key and what is allowed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from digest.config import Settings, load
from digest.errors import ConfigError

Fault = Callable[..., ConfigError]
WEEKLY = "    every: tue 09:00\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('url: "https://www', 'ulr: "https://www', 1, "site.ulr", "did you mean url? known here: brand"),
        ("sources:", "surces:", 7, "surces", "did you mean sources?"),
        ("name: NATO", "nmae: NATO", 5, "topics[1].nmae", "did you mean name?"),
        ("name: Example, ", "", 1, "site.name", "missing"),
        ("name: Example", "name: 7", 1, "site.name", "wants text; put it in quotes"),
        ("name: Example", "name: no", 1, "site.name", "wants text; put it in quotes"),
        ("name: Example", 'name: ""', 1, "site.name", "one line of text"),
        ("name: Example", 'name: "a\\nb"', 1, "site.name", "one line of text"),
        ("1 Example Ave", '" "', 1, "site.postal_address", "must not be empty"),
        ("America/New_York", "America/NewYork", 1, "site.timezone", "did you mean America/New_York?"),
        ("America/New_York", "America", 1, "site.timezone", "unknown time zone"),
        ("America/New_York", "../etc/passwd", 1, "site.timezone", "IANA name"),
        ('https://www.example.org"', 'www.example.org"', 1, "site.url", "https://www.example.org"),
        ("https://letters", "http://letters", 2, "web.url", "https"),
        ("https://letters.example.org", "https://[bad", 2, "web.url", "absolute address"),
        ("web: {", "web: {listen: here, ", 2, "web.listen", "HOST:PORT"),
        ("web: {", "web: {listen: 'a:70000', ", 2, "web.listen", "HOST:PORT"),
        ("web: {", "web: {trusted_proxies: [10.0.0.1/8], ", 2, "web.trusted_proxies[0]", "10.0.0.0/8"),
        ("topics:", "staff: [desk]\ntopics:", 3, "staff[0]", "not an address"),
        ("topics:", "ops: desk@example.org\ntopics:", 3, "ops", "wants a list"),
        ("topics:", "database: {url: 'mysql://x/y'}\ntopics:", 3, "database.url", "postgresql://"),
        ("topics:", "database: {url: 'sqlite:///:memory:'}\ntopics:", 3, "database.url", "sqlite:///FILE"),
        ("topics:", "database: {synchronous: half}\ntopics:", 3, "database.synchronous", "allowed: 'normal' or 'full'"),
        ("postal_address", "brand: {accent: '#ffcc00'}, postal_address", 1, "site.brand.accent", "choose a darker one"),
        ("postal_address", "brand: {accent_dark: '#17365d'}, postal_address", 1, "site.brand.accent_dark", "a lighter"),
        ("postal_address", "brand: {accent: red}, postal_address", 1, "site.brand.accent", "#7b1e28"),
        ("postal_address", "brand: {accent: '#7b1e28;x:y'}, postal_address", 1, "site.brand.accent", "#7b1e28"),
        ("postal_address", "brand: {serif: 'Georgia; x'}, postal_address", 1, "site.brand.serif", "commas between"),
        ("postal_address", "brand: {logo: {url: /logo.png}}, postal_address", 1, "site.brand.logo.url", "absolute"),
        ("postal_address", "brand: {font: Georgia}, postal_address", 1, "site.brand.font", "known here: accent"),
        ("slug: nato", "slug: nato, minimum: 0", 5, "topics[1].minimum", "at least 1"),
        ("slug: nato", "slug: nato, minimum: 11", 5, "topics[1].minimum", "at most 10"),
        ("slug: nato", "slug: nato, url: nato", 5, "topics[1].url", "absolute address"),
        (WEEKLY, WEEKLY + "    theme: gazete\n", 14, "newsletters.weekly.theme", "the templates has: gazette"),
        (WEEKLY, WEEKLY + "    reply_to: news@\n", 14, "newsletters.weekly.reply_to", "not an address"),
        (WEEKLY, WEEKLY + "    language: fr\n", 14, "newsletters.weekly.language", "allowed: de, en"),
        ("slug: nato", "slug: asia", 5, "topics[1].slug", "asia is taken"),
        ("slug: nato", "slug: Nato", 5, "topics[1].slug", "lower-case"),
        ("retired: true", "renamed_from: asia", 6, "topics[2].renamed_from", "asia still stands here"),
        ("retired: true", "retired: maybe", 6, "topics[2].retired", "true or false"),
        ("match: [Alliances]", "match: Alliances", 5, "topics[1].match", "wants a list"),
        ("newsletters:", "  - {name: site, kind: folder}\nnewsletters:", 9, "sources[1].name", "site is taken"),
        ("kind: feed, ", "", 8, "sources[0].kind", "missing"),
        ("  weekly:", "  Weekly!:", 10, "newsletters.Weekly!", "lower-case"),
        ("  weekly:", "  weekly: x\n  daily:", 10, "newsletters.weekly", "keys with values"),
        ("news@example.org", "news@", 12, "newsletters.weekly.from", "not an address"),
        ("Example <news", '"Bcc: <x> <news', 14, "", "not YAML"),
        (WEEKLY, "", 10, "newsletters.weekly.every", "missing"),
        ("tue 09:00", "tuesday 09:00", 13, "newsletters.weekly.every", "sun, mon, tue"),
        ("tue 09:00", "0 9 30 2 *", 13, "newsletters.weekly.every", "never comes"),
        ("tue 09:00", "9", 13, "newsletters.weekly.every", "cron"),
        (WEEKLY, WEEKLY + "    approval: never\n", 14, "newsletters.weekly.approval", "'required' or 'none'"),
        (WEEKLY, WEEKLY + "    draft_ahead: 1 day\n", 14, "newsletters.weekly.draft_ahead", "30m, 6h, 1d or 2w"),
        (WEEKLY, WEEKLY + "    max_age: 14\n", 14, "newsletters.weekly.max_age", "not a duration"),
        (WEEKLY, WEEKLY + "    topics: [asia, aisa]\n", 14, "newsletters.weekly.topics[1]", "list of asia, nato"),
        (WEEKLY, WEEKLY + "    topics: [cuba]\n", 14, "newsletters.weekly.topics[0]", "no topic on offer"),
        (WEEKLY, WEEKLY + "    topics: []\n", 14, "newsletters.weekly.topics", "at least one"),
        (WEEKLY, WEEKLY + "    topics: asia\n", 14, "newsletters.weekly.topics", "wants a list"),
        ("{token}", "", 14, "sender.return_path", "{token} exactly once"),
        ("{token}@example.org", "x@{token}.org", 14, "sender.return_path", "before the @"),
        ("{token}", "{token}" + "b" * 40, 14, "sender.return_path", "not an address"),
        ("kind: smtp", "kind: smtp, connections: 0", 14, "sender.connections", "at least 1"),
        ("kind: smtp", "kind: smtp, connections: yes", 14, "sender.connections", "whole number"),
        ("kind: smtp", "kind: smtp, uncertain: maybe", 14, "sender.uncertain", "'resend' or 'hold'"),
        ("kind: smtp", "kind: smtp, give_up_after: ever", 14, "sender.give_up_after", "not a duration"),
        ("kind: smtp", "kind: smtp, rate: 50", 14, "sender.rate", "like 50/s, 600/m or 1000/h"),
        ("kind: smtp", "kind: smtp, domain_rates: {gmail.com: 0/s}", 14, "sender.domain_rates.gmail.com", "not a rate"),
        ("kind: smtp", 'kind: smtp, domain_rates: {"a b": 5/s}', 14, "sender.domain_rates.a b", "wants a domain"),
        ("kind: smtp", "kind: smtp, warm_up: {first_day: 0}", 14, "sender.warm_up.first_day", "at least 1"),
        ("kind: smtp", "kind: smtp, warm_up: {growth: 2}", 14, "sender.warm_up.first_day", "missing"),
        ("sender:", "templates: nowhere\nsender:", 14, "templates", "there is no folder"),
        ("sender:", "secrets_file: []\nsender:", 14, "secrets_file", "wants the path"),
        ("web:", "site: {}\nweb:", 2, "site", "stands on line 1 already"),
        ("name: NATO", "name: NATO, name: Nato", 5, "topics[1].name", "stands on line 5 already"),
        ("web:", "1: x\nweb:", 2, "", "a key must be text"),
        ("web:", "x: &a [*a]\nweb:", 2, "x[0]", "an alias"),
        ("web:", "x: !!python/object:os.system {}\nweb:", 2, "x", "unknown key"),
        ("web:", "x: !ruby x\nweb:", 2, "x", "tag"),
        ("web:", "x: 0b_\nweb:", 2, "x", "not a number"),
        ("  weekly:", "\tweekly:", 10, "", "a tab stands here"),
        ("web: {", "web: {{", 2, "", "YAML"),
        ("web:", "---\nweb:", 2, "", "not YAML"),
        ("name: NATO", 'name: "NA\x01TO"', 5, "", "control character"),
    ],
)
def test_a_fault_names_its_line_and_key_and_what_is_allowed(
    fault: Fault, old: str, new: str, line: int, key: str, words: str
) -> None:
    error = fault((old, new))

    assert (error.line, error.key) == (line, key)
    assert words in error.problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"# only a comment\n", "empty"),
        (b"- a\n- b\n", "keys with values"),
        (b"just words\n", "keys with values"),
        (b"site:\n  name: caf\xe9\n", "UTF-8"),
        (b"[" * 5000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=words):
        load(path)


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: there is no such file; `digest init` writes one"):
        load(tmp_path / "nowhere.yaml")


def test_the_first_fault_of_the_file_is_told(fault: Fault) -> None:
    error = fault(("every: tue", "every: tuesday"), ("slug: nato", "slug: NATO"), ("kind: smtp", "kind: [smtp]"))

    assert error.line == 5


def test_the_sentence_has_file_line_and_key(fault: Fault, tmp_path: Path) -> None:
    error = fault(("tue 09:00", "tue 25:00"))

    assert str(error).startswith(
        f"{tmp_path / 'config.yaml'}:13: newsletters.weekly.every: '25:00' is not a time of day"
    )


def test_no_fault_shows_a_secret(fault: Fault) -> None:
    error = fault(("kind: smtp", "kind: smtp, password: geheim"), ("{token}", ""))

    assert "geheim" not in f"{error!r} {error} {error.__cause__!r}"


@given(st.text())
def test_any_text_is_a_configuration_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")

    with pytest.raises(ConfigError):
        load(path)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
KEYS = ["site", "web", "staff", "ops", "database", "topics", "sources", "newsletters", "sender", "templates"]


@given(st.dictionaries(st.sampled_from(KEYS), values))
def test_any_shape_gets_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]) -> None:
    path = tmp_path_factory.getbasetemp() / "shape.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")

    with pytest.raises(ConfigError):
        load(path)


def test_what_the_faults_are_made_from_is_good(loaded: Callable[..., Settings]) -> None:
    assert loaded().web.url == "https://letters.example.org"
