"""The environment wins over the file, and a name that stands for nothing is a fault."""

from collections.abc import Callable

import pytest

from digest.config import ELSEWHERE, Settings
from digest.config.environment import PLACES
from digest.config.models import keys_of
from digest.errors import ConfigError

Loaded = Callable[..., Settings]
Fault = Callable[..., ConfigError]


def test_a_variable_wins_over_the_file(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_WEB_URL", "https://other.example.org")
    monkeypatch.setenv("DIGEST_DATABASE_URL", "postgresql://digest@db/digest")

    settings = loaded()

    assert settings.web.url == "https://other.example.org"
    assert settings.database.url == "postgresql://digest@db/digest"


def test_a_variable_can_give_any_key_of_the_sender(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SENDER_HOST", "relay.example.org")
    monkeypatch.setenv("DIGEST_SENDER_CONNECTIONS", "3")

    sender = loaded().sender

    assert (sender.options["host"], sender.connections) == ("relay.example.org", 3)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_names_read_elsewhere_are_let_pass(loaded: Loaded, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "something")

    assert loaded().site.name == "Example"


@pytest.mark.parametrize(
    ("name", "words"), [("DIGEST_WEB_ULR", "did you mean DIGEST_WEB_URL?"), ("DIGEST_SENDER_", "known here")]
)
def test_an_unknown_name_is_a_fault(fault: Fault, monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    monkeypatch.setenv(name, "x")

    assert str(fault()).startswith(f"{name}: unknown variable")
    assert words in str(fault())


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("DIGEST_WEB_URL", "letters", "web.url"),
        ("DIGEST_SITE_TIMEZONE", "Mars", "site.timezone"),
        ("DIGEST_SENDER_CONNECTIONS", "many", "sender.connections"),
        ("DIGEST_TEMPLATES", "nowhere", "templates"),
    ],
)
def test_a_fault_in_a_variable_names_it_as_its_place(
    fault: Fault, monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str
) -> None:
    monkeypatch.setenv(name, value)

    assert str(fault()).startswith(f"{name}: {key}: ")


def test_a_section_of_the_wrong_shape_is_still_the_files_fault(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_WEB_LISTEN", "127.0.0.1:80")

    assert fault(('web: {url: "https://letters.example.org"}', "web: x")).line == 2


@pytest.mark.parametrize("name", PLACES)
def test_every_variable_stands_for_a_key_that_exists(name: str) -> None:
    *section, key = (str(step) for step in PLACES[name])
    model = Settings.model_fields[section[0]].annotation if section else Settings

    assert isinstance(model, type)
    assert key in keys_of(model)
