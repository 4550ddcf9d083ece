"""The program's own files: found in a checkout, overridden by an owner, carried by the wheel, written whole."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from digest import files
from digest.errors import ConfigError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small folder of shipped templates."""
    folder = tmp_path / "ours"
    _write(folder / "email/digest/body.mjml", "shipped body")
    _write(folder / "email/digest/subject.txt", "shipped subject")
    _write(folder / "web/message.html", "a page")
    monkeypatch.setattr(files, "shipped", lambda name: folder)
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("name", ["config.yaml", "templates", "sample"])
def test_what_is_shipped_is_there(name: str) -> None:
    assert files.shipped(name).exists()


def test_templates_go_by_their_path(ours: Path) -> None:
    assert files.read_templates(None) == {
        "email/digest/body.mjml": "shipped body",
        "email/digest/subject.txt": "shipped subject",
    }


def test_an_owners_template_takes_the_place_of_the_shipped_one_which_can_be_extended(
    ours: Path, tmp_path: Path
) -> None:
    _write(tmp_path / "theirs/email/digest/body.mjml", "their body")

    templates = files.read_templates(tmp_path / "theirs")

    assert templates["email/digest/body.mjml"] == "their body"
    assert templates["shipped/email/digest/body.mjml"] == "shipped body"
    assert "shipped/email/digest/subject.txt" not in templates


def test_an_owner_may_add_a_template_and_an_editors_leftovers_are_none(ours: Path, tmp_path: Path) -> None:
    _write(tmp_path / "theirs/email/_partials/banner.mjml", "banner")
    _write(tmp_path / "theirs/email/digest/body.mjml~", "leftover")

    assert files.read_templates(tmp_path / "theirs").keys() - files.read_templates(None).keys() == {
        "email/_partials/banner.mjml"
    }


def test_a_template_that_is_not_utf8_is_named(ours: Path, tmp_path: Path) -> None:
    _write(tmp_path / "theirs/email/digest/body.mjml", "")
    (tmp_path / "theirs/email/digest/body.mjml").write_bytes(b"caf\xe9")

    with pytest.raises(ConfigError, match=r"theirs/email/digest/body\.mjml: .*UTF-8"):
        files.read_templates(tmp_path / "theirs")


def test_writing_replaces_the_old_content_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    files.write(path, b"old")
    files.write(path, b"new")

    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("page.html", b"new")]


def test_a_write_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        files.write(tmp_path / "taken", b"content")

    assert [found.name for found in tmp_path.iterdir()] == ["taken"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


@pytest.mark.parametrize(("folder", "carried"), [("templates", "digest/shipped/templates"), ("digest", "digest")])
def test_the_wheel_carries_every_file_of_a_folder(wheel: set[str], folder: str, carried: str) -> None:
    paths = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]

    assert {f"{carried}/{path.relative_to(ROOT / folder).as_posix()}" for path in paths} <= wheel


def test_the_wheel_carries_the_configuration_and_the_sample(wheel: set[str]) -> None:
    assert "digest/shipped/config.yaml" in wheel
    assert any(name.startswith("digest/sample/") for name in wheel)


def test_an_unpacked_wheel_finds_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "digest/shipped/config.yaml", "")
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "digest")

    assert files.shipped("config.yaml") == tmp_path / "digest/shipped/config.yaml"
    assert files.shipped("sample") == tmp_path / "digest/sample"
