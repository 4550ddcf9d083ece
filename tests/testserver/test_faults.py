"""Faults: which rule strikes, what it does, and what is wrong with a file of rules."""

import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.testserver import TestServer, read_faults

Start = Callable[..., TestServer]
Client = Callable[[TestServer], smtplib.SMTP]


def rcpt(smtp: smtplib.SMTP, address: str) -> tuple[int, bytes]:
    smtp.rset()
    smtp.mail("news@example.org")
    return smtp.rcpt(address)


def test_a_rule_strikes_only_whom_it_names(start: Start, client: Client) -> None:
    smtp = client(start('[{stage: rcpt, recipient: "ann@*", do: refuse}]'))
    assert rcpt(smtp, "Ann@example.com") == (550, b"5.1.1 no such user here")
    assert rcpt(smtp, "bob@example.com")[0] == 250


def test_a_rule_strikes_as_often_as_it_says(start: Start, client: Client) -> None:
    smtp = client(start("[{stage: rcpt, do: defer, times: 2}]"))
    assert [rcpt(smtp, "ann@example.com")[0] for _ in range(4)] == [451, 451, 250, 250]


def test_the_first_rule_that_fits_strikes(start: Start, client: Client) -> None:
    smtp = client(start("[{stage: rcpt, do: defer, times: 1}, {stage: rcpt, do: refuse}]"))
    assert [rcpt(smtp, "ann@example.com")[0] for _ in range(2)] == [451, 550]


def test_code_and_text_may_be_given(start: Start, client: Client) -> None:
    smtp = client(start("[{stage: rcpt, do: refuse, code: 552, text: 5.2.2 mailbox full}]"))
    assert rcpt(smtp, "ann@example.com") == (552, b"5.2.2 mailbox full")


def test_421_closes_the_line(start: Start, client: Client) -> None:
    smtp = client(start("[{stage: rcpt, do: defer, code: 421}]"))
    assert rcpt(smtp, "ann@example.com")[0] == 421
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.docmd("noop")


def test_a_hang_up_after_the_dot_has_stored_the_message(start: Start, client: Client) -> None:
    server = start("[{stage: body, do: hang-up}]")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client(server).sendmail("news@example.org", "ann@example.com", b"Subject: Hi\r\n\r\n")
    assert len(list((server.store / "new").iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- {stage: rcpt, do: refuse}\n- {stage: rcpt, do: sulk}", 2, "do: Input should be 'refuse', 'defer'"),
        ("- {stage: lunch, do: refuse}", 1, "stage: "),
        ("\n- {stage: rcpt, do: refuse, tiems: 1}", 2, "tiems: "),
        ("- {stage: rcpt, do: refuse, code: 250}", 1, "code: "),
        ("- {stage: rcpt, do: refuse, times: 0}", 1, "times: "),
        ('- {stage: rcpt, do: refuse, text: "a\\r\\nb"}', 1, "text: "),
        ("- {stage: mail, recipient: ann@*, do: refuse}", 1, "no recipient is known yet"),
        ("- rcpt", 1, ""),
        ("{stage: rcpt}", 1, "a list of rules is wanted"),
        ("- {stage: [}", 1, "this is not YAML"),
        ("- {stage: rcpt, do: refuse, times: !!python/none 1}", 1, "YAML"),
        ("- \x07", None, "this is not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(text: str, line: int | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_faults(path)
    assert (caught.value.file, caught.value.line) == (str(path), line)
    assert words in str(caught.value)


def test_an_empty_file_holds_no_faults(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("# none today\n")
    assert read_faults(tmp_path / "faults.yaml").strike("rcpt", ["ann@example.com"]) is None


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_faults(tmp_path / "faults.yaml")
