"""A good configuration becomes settings: values, defaults, and paths that count from its folder."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from digest.config import Settings, load
from digest.rhythm import Rhythm

ROOT = Path(__file__).parent.parent.parent
Loaded = Callable[..., Settings]


def test_the_configuration_that_comes_with_the_program_loads() -> None:
    settings = load(ROOT / "config.yaml")

    assert settings.site.name == "Defense Priorities"
    assert settings.newsletters["weekly"].rhythm == Rhythm.parse("wed 09:00")


def test_a_newsletter_says_little_and_the_rest_has_defaults(loaded: Loaded) -> None:
    weekly = loaded().newsletters["weekly"]

    assert weekly.zone.key == "America/New_York"
    assert (weekly.approval, weekly.draft_ahead, weekly.max_age) == ("required", timedelta(days=1), timedelta(days=14))
    assert weekly.topics == ("asia", "nato")


def test_a_newsletters_topics_stand_in_the_order_of_the_file(loaded: Loaded) -> None:
    settings = loaded(("every: tue", "topics: [nato, asia]\n    every: tue"))

    assert settings.newsletters["weekly"].topics == ("asia", "nato")


@pytest.mark.parametrize(
    ("written", "sender", "name", "address"),
    [
        ("Example <news@example.org>", "Example <news@example.org>", "Example", "news@example.org"),
        ("news@example.org", "news@example.org", "", "news@example.org"),
        ("Smith, Jo <a@b.org>", '"Smith, Jo" <a@b.org>', "Smith, Jo", "a@b.org"),
        ("'\"Smith, Jo\" <a@b.org>'", '"Smith, Jo" <a@b.org>', "Smith, Jo", "a@b.org"),
    ],
)
def test_from_is_a_name_and_an_address(loaded: Loaded, written: str, sender: str, name: str, address: str) -> None:
    weekly = loaded(("Example <news@example.org>", written)).newsletters["weekly"]

    assert (weekly.sender, weekly.from_name, weekly.from_address) == (sender, name, address)


def test_keys_that_belong_to_a_plug_in_are_its_options(loaded: Loaded) -> None:
    settings = loaded()

    assert settings.sources[0].options == {"url": "https://www.example.org/feed"}
    assert settings.sender.options == {"host": "mail.example.org"}


def test_paths_count_from_the_folder_of_the_file(
    loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    settings = loaded(("sender:", "templates: mine\nsender:"))

    assert settings.database.url == f"sqlite:///{tmp_path}/digest.db"
    assert settings.secrets_file == tmp_path / "digest.secrets"
    assert settings.templates == tmp_path / "mine"


def test_a_relative_path_to_the_file_gives_absolute_ones(
    loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded()
    monkeypatch.chdir(tmp_path)
    settings = load(Path("config.yaml"))

    assert (settings.path, settings.folder) == (tmp_path / "config.yaml", tmp_path)
    assert settings.database.url == f"sqlite:///{tmp_path}/digest.db"


@pytest.mark.parametrize("url", ["sqlite:////var/lib/digest.db", "postgresql://digest@db/digest"])
def test_an_absolute_database_url_stays(loaded: Loaded, url: str) -> None:
    assert loaded(("topics:", f'database: {{url: "{url}"}}\ntopics:')).database.url == url


def test_a_slash_at_the_end_of_an_address_goes(loaded: Loaded) -> None:
    assert loaded(("letters.example.org", "example.org/letters/")).web.url == "https://example.org/letters"


def test_a_date_is_text(loaded: Loaded) -> None:
    assert loaded(("name: Example", "name: 2026-02-30")).site.name == "2026-02-30"


def test_settings_show_no_password(loaded: Loaded) -> None:
    settings = loaded(
        ("host:", "password: geheim, host:"),
        ("topics:", 'database: {url: "postgresql://digest:geheim@db/digest"}\ntopics:'),
    )

    assert "geheim" not in repr(settings)


def test_rates_are_letters_a_second(loaded: Loaded) -> None:
    sender = loaded(
        ("kind: smtp", 'kind: smtp, rate: 600/m, domain_rates: {Gmail.com: 50/s, "*": 36/h}, warm_up: {first_day: 500}')
    ).sender

    assert (sender.rate, sender.domain_rates) == (10.0, {"gmail.com": 50.0, "*": 0.01})
    assert sender.warm_up
    assert (sender.warm_up.first_day, sender.warm_up.growth) == (500, 2.0)
