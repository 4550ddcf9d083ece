"""Calling a relay on loopback, and what its answer means."""

import asyncio
import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.examine import examine_relays
from digest.doctor.finding import Finding
from digest.doctor.relay import Answer, judge_answer, read_extensions
from digest.senders.smtp import SmtpSettings
from digest.testserver import TestServer, read_faults

NOW = datetime(2026, 1, 7, tzinfo=UTC)
SECURE = SmtpSettings(host="smtp.example.org")
OFFER = {"PIPELINING": "", "SMTPUTF8": "", "SIZE": "0"}


def shown(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, str(finding.health)) for finding in findings]


def ask(port: int, **settings: object) -> list[Finding]:
    options = {"host": "localhost", "port": port, "tls": "none", "hostname": "localhost"} | settings
    return asyncio.run(examine_relays(SmtpSettings.model_validate(options), NOW))


def test_a_relay_on_this_machine(tmp_path: Path) -> None:
    with TestServer(tmp_path / "store") as server:
        findings = ask(server.port)
    assert shown(findings) == [("TLS", "ok"), ("limits", "warning"), ("relay", "ok")]
    assert "SIZE 33554432" in findings[-1].seen


def test_a_relay_without_the_tls_that_is_asked_for(tmp_path: Path) -> None:
    with TestServer(tmp_path / "store") as server:
        assert shown(ask(server.port, tls="starttls")) == [("relay", "error")]
        assert shown(ask(server.port, tls="implicit")) == [("relay", "error")]
    assert shown(ask(server.port)) == [("relay", "error")]  # it is gone by now


def test_a_relay_that_refuses_says_so_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("- {stage: ehlo, do: refuse, code: 554, text: not you}")
    with TestServer(tmp_path / "store", faults=read_faults(tmp_path / "faults.yaml")) as server:
        assert "it answers 554 not you" in ask(server.port)[0].seen


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """The server's side of TLS, with a certificate signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    folder = tmp_path_factory.mktemp("tls")
    words = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {folder}/key -out {folder}/crt"
    )
    subprocess.run(words.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    return context


def test_a_certificate_nobody_vouches_for(tmp_path: Path, secure: ssl.SSLContext) -> None:
    with TestServer(tmp_path / "store", tls=secure) as server:
        assert "certificate verify failed" in ask(server.port, tls="starttls")[0].seen
        findings = ask(server.port, tls="starttls", verify=False)
    assert shown(findings) == [("TLS", "warning"), ("limits", "warning"), ("relay", "ok")]


@pytest.mark.parametrize(("days", "health"), [(90, "ok"), (13, "warning")])
def test_a_certificate_that_ends_soon(days: int, health: str) -> None:
    answer = Answer("smtp.example.org:587", "", OFFER, "TLSv1.3", NOW + timedelta(days=days))
    assert shown(judge_answer(answer, SECURE, NOW)) == [("TLS", health), ("relay", "ok")]


def test_letters_in_the_clear_over_the_network() -> None:
    plain = SmtpSettings(host="smtp.example.org", tls="none")
    findings = judge_answer(Answer("smtp.example.org:25", "", OFFER), plain, NOW)
    assert shown(findings) == [("TLS", "warning"), ("relay", "ok")]


@pytest.mark.parametrize(
    ("offer", "health"),
    [({"SIZE": "1000"}, "error"), ({"SIZE": "x"}, "ok"), ({"SIZE": ""}, "ok"), ({"SIZE": "10000000"}, "ok")],
)
def test_a_limit_that_is_too_small(offer: dict[str, str], health: str) -> None:
    answer = Answer("localhost:25", "", OFFER | offer)
    assert judge_answer(answer, SECURE, NOW)[1].health == health


def test_the_extensions_of_an_ehlo_reply() -> None:
    words = "mx.example.org greets you\nSIZE 100\npipelining\nAUTH=PLAIN LOGIN\n!\n\nLIMITS RCPTMAX=10"
    assert read_extensions(words) == {"SIZE": "100", "PIPELINING": "", "AUTH": "PLAIN LOGIN", "LIMITS": "RCPTMAX=10"}


@given(words=st.text())
def test_any_reply_can_be_read(words: str) -> None:
    assert all(name.isascii() for name in read_extensions(words))
