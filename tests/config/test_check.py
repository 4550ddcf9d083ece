"""A plug-in's own keys are checked with its own model, and their faults have a line too."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from digest.config import Settings
from digest.errors import ConfigError

Loaded = Callable[..., Settings]
SENDER = ("sender",)


class Relay(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str


class Smtp(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    port: int = 25
    tls: Literal["none", "starttls"] = "none"
    password: SecretStr | None = None
    connections: int = 1
    relays: list[Relay] = []


def fault(loaded: Loaded, options: str) -> ConfigError:
    settings = loaded(("host: mail.example.org", options))
    with pytest.raises(ConfigError) as caught:
        settings.check(SENDER, Smtp)
    return caught.value


def test_the_options_become_the_plug_ins_settings(loaded: Loaded) -> None:
    settings = loaded(("host:", "port: 587, host:"))

    assert settings.check(SENDER, Smtp) == Smtp(host="mail.example.org", port=587)


def test_a_key_that_both_name_reaches_both(loaded: Loaded) -> None:
    settings = loaded(("host:", "connections: 4, host:"))

    assert (settings.sender.connections, settings.check(SENDER, Smtp).connections) == (4, 4)


def test_a_source_is_checked_at_its_place(loaded: Loaded) -> None:
    class Feed(BaseModel):
        url: str

    assert loaded().check(("sources", 0), Feed).url == "https://www.example.org/feed"


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ("hots: x, host: x", "sender.hots", "did you mean host?"),
        ("conections: 3, host: x", "sender.conections", "did you mean connections?"),
        ("pasword_file: x, host: x", "sender.pasword_file", "did you mean password_file?"),
        ("port: 25", "sender.host", "missing"),
        ("host: x, tls: sometimes", "sender.tls", "allowed: 'none' or 'starttls'"),
        ("host: x, port: high", "sender.port", "whole number"),
        ("host: x, password: 123", "sender.password", "wants text; put it in quotes"),
        ("host: x, relays: [{hots: y}]", "sender.relays[0].hots", "known here: host"),
        ("host: x, password_file: nowhere", "sender.password_file", "there is no file"),
        ("host: x, password_file: .", "sender.password_file", "cannot be read"),
        ("host: x, password_file: 7", "sender.password_file", "wants the path"),
        ("host: x, password_file: empty, password: y", "sender.password_file", "keep one of the two"),
    ],
)
def test_a_fault_in_an_option_has_its_line_and_key(loaded: Loaded, options: str, key: str, words: str) -> None:
    error = fault(loaded, options)

    assert (error.line, error.key) == (14, key)
    assert words in error.problem


def test_a_password_is_read_from_its_file_and_never_shown(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("geheim\n")
    checked = loaded(("host:", "password_file: password, host:")).check(SENDER, Smtp)

    assert checked.password is not None
    assert checked.password.get_secret_value() == "geheim"
    assert "geheim" not in repr(checked)


def test_an_empty_password_file_is_a_fault(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")

    assert "is empty" in str(fault(loaded, "host: x, password_file: password"))


def test_a_password_in_the_environment_wins_over_the_file(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SENDER_PASSWORD", "geheim")
    checked = loaded(("host:", "password_file: nowhere, host:")).check(SENDER, Smtp)

    assert checked.password == SecretStr("geheim")


def test_a_misspelt_key_of_the_sender_in_the_environment_is_named(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SENDER_PASWORD", "geheim")

    sentence = str(fault(loaded, "host: x"))

    assert sentence.startswith("DIGEST_SENDER_PASWORD: sender.pasword: unknown key; did you mean password?")
    assert "geheim" not in sentence


def test_what_only_the_program_can_know_gets_a_line_as_well(loaded: Loaded) -> None:
    assert str(loaded().fault(("sender", "kind"), "unknown")).endswith("config.yaml:14: sender.kind: unknown")
