"""An installed copy runs as a checkout does: what the wheel carries, and the demo from an unpacked one."""

import mailbox
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a freshly built wheel unpacked into it, which is what an installer does with a pure one."""
    dist, folder = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = dist.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture
def environment(installed: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    """The environment in which Python finds the installed copy before any other."""
    return {**clean_environment, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize(
    ("folder", "carried"),
    [("digest", "digest"), ("subscribers", "subscribers"), ("templates", "digest/shipped/templates")],
)
def test_the_wheel_carries_every_file_of(folder: str, carried: str, installed: Path) -> None:
    ours = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if _is_ours(path)}
    assert {file for file in ours if not (installed / carried / file).is_file()} == set()


def _is_ours(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


@pytest.mark.parametrize(
    "file",
    [
        "digest/py.typed",
        "subscribers/py.typed",
        "digest/shipped/config.yaml",
        "digest/migrations/versions/0001_the_first_schema.py",
    ],
)
def test_the_wheel_carries_what_is_easily_forgotten(file: str, installed: Path) -> None:
    assert (installed / file).is_file()


def test_the_wheel_carries_nothing_else(installed: Path) -> None:
    folders = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert folders == {"digest", "subscribers"}


def test_the_wheel_makes_the_command(installed: Path) -> None:
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "digest = digest.cli:main" in points.read_text()


def test_an_installed_copy_is_the_one_that_runs(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    code = "import digest, subscribers; print(digest.__file__, subscribers.__file__)"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(installed / name / "__init__.py") for name in ("digest", "subscribers")]


def test_an_installed_copy_runs_the_demo(environment: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    demo = [sys.executable, "-m", "digest.cli", "demo", "--recipients", "3", "--keep", str(kept)]
    done = subprocess.run(demo, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert len(mailbox.Maildir(kept / "outbox", create=False)) == 3
