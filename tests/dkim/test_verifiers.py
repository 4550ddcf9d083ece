"""What three other programs say of letters that `digest send` left with the test server, without the DNS."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from digest.cli import digest
from digest.dkim import SigningKey, write_key

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / ".cache" / "npm" / "node_modules"
TITLE = b"Taiwan"

Verify = Callable[..., bool]


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory, rsa_key: SigningKey, ed25519_key: SigningKey) -> bytes:
    """A letter of the sample week as it left: signed by both keys, stored by the test server."""
    folder = tmp_path_factory.mktemp("signed")
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["sender"]["dkim"] = []
    for key in (rsa_key, ed25519_key):
        file = f"{key.selector}.key"
        write_key(folder / file, key.private)
        config["sender"]["dkim"].append({"selector": key.selector, "domain": key.domain, "key_file": file})
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    for words in (
        *("init", "collect", "subscribers add ann@example.com --confirmed"),
        *("compose weekly", "approve 1", "send"),
    ):
        done = CliRunner(env={"DIGEST_NOW": "2026-01-07T14:00:00+00:00"}).invoke(
            digest, ["-c", str(folder / "config.yaml"), *words.split()]
        )
        assert done.exit_code == 0, (words, done.output, done.exception)
    letters = [file.read_bytes() for file in (folder / "outbox" / "new").iterdir()]
    (letter,) = [letter for letter in letters if b"ann@example.com" in letter]
    return letter


def changed(letter: bytes) -> bytes:
    """The letter with one byte of its body changed."""
    at = letter.rindex(TITLE)
    return letter[:at] + b"t" + letter[at + 1 :]


@pytest.fixture
def opendkim(tmp_path: Path, dns: dict[str, str]) -> Callable[[bytes], list[str]]:
    """What opendkim says of each signature of a message."""
    program = shutil.which("opendkim", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("no opendkim here: install it (apt install opendkim)")
    (tmp_path / "dns").write_text("".join(f"{name} {value}\n" for name, value in dns.items()))
    (tmp_path / "conf").write_text(f"Mode v\nTestDNSData file:{tmp_path}/dns\n")

    def judge(message: bytes) -> list[str]:
        (tmp_path / "message").write_bytes(message)
        words = [program, "-x", f"{tmp_path}/conf", "-vvv", "-t", f"{tmp_path}/message"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        return re.findall(r"\bdkim=(\w+)", done.stdout)

    return judge


@pytest.fixture
def mailauth(tmp_path: Path, dns: dict[str, str]) -> Callable[[bytes], list[str]]:
    """What mailauth says of each signature of a message, and then of DMARC."""
    if shutil.which("node") is None or not (NODE_MODULES / "mailauth").is_dir():
        pytest.skip("no mailauth here: install Node.js and npm, then run the line with `npm install` of .ci/run")
    published = {**dns, "_dmarc.example.org": "v=DMARC1; p=reject"}
    (tmp_path / "dns.json").write_text(json.dumps(published))

    def judge(message: bytes) -> list[str]:
        (tmp_path / "message").write_bytes(message)
        script = str(Path(__file__).with_name("authenticate.mjs"))
        words = ["node", script, str(NODE_MODULES), f"{tmp_path}/message", f"{tmp_path}/dns.json"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        said: list[str] = json.loads(done.stdout)
        return said

    return judge


def test_dkimpy_verifies_both(arrived: bytes, verify: Verify) -> None:
    signed = arrived[arrived.index(b"DKIM-Signature") :]
    assert [verify(signed, 0), verify(signed, 1)] == [True, True]
    assert [verify(changed(signed), 0), verify(changed(signed), 1)] == [False, False]


def test_opendkim_verifies_both(arrived: bytes, opendkim: Callable[[bytes], list[str]]) -> None:
    assert opendkim(arrived) == ["pass", "pass"]
    assert opendkim(changed(arrived)) == ["fail", "fail"]


def test_mailauth_verifies_both_and_dmarc(arrived: bytes, mailauth: Callable[[bytes], list[str]]) -> None:
    assert mailauth(arrived) == ["pass", "pass", "pass"]
    assert "pass" not in mailauth(changed(arrived))
