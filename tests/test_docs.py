"""The documentation keeps up: its examples run, and every command, key, variable and dependency stands in it."""

import asyncio
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from digest.cli import COMMANDS
from digest.config import Newsletter, SenderSettings, Settings, Site, TopicSettings, Web
from digest.config.environment import ELSEWHERE, PLACES
from digest.config.models import Database, keys_of
from digest.senders.smtp import SmtpSettings
from digest.types import Outgoing, Page, SourceContext, Stage, Validators

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
PLUGINS = (ROOT / "docs" / "plugins.md").read_text()


def example(name: str) -> dict[str, Any]:
    """What a code block of docs/plugins.md defines."""
    found = re.search(rf"```python {name}\n(.*?)```", PLUGINS, re.DOTALL)
    assert found, f"no example called {name}"
    names: dict[str, Any] = {"__name__": name}
    exec(compile(found[1], f"docs/plugins.md, {name}", "exec"), names)
    return names


def test_the_example_of_a_source_collects(tmp_path: Path) -> None:
    async def fetch(url: str, *, validators: Validators | None = None, accept: Sequence[int] = ()) -> Page:
        return Page(
            url, 200, {"etag": '"1"'}, b'[{"title": "A", "url": "https://www.example.org/a", "tags": ["Asia"]}]'
        )

    kind = example("source")["NotesSource"]
    source = kind(kind.Settings(url="https://www.example.org/notes"), SourceContext(ZoneInfo("UTC"), tmp_path))
    found = asyncio.run(source.collect(fetch, Validators()))
    assert [(article.title, article.categories) for article in found.articles] == [("A", ("Asia",))]
    assert found.validators.etag == '"1"'


def test_the_example_of_a_sender_sends(tmp_path: Path) -> None:
    async def send() -> Any:
        kind = example("sender")["AppendSender"]
        session = await kind(kind.Settings(file="letters.txt"), tmp_path).connect()
        return await session.send(Outgoing(1, "a@example.org", "b@example.org", b"Subject: x\r\n\r\n"))

    reply = asyncio.run(send())
    assert (reply.stage, reply.code) == (Stage.BODY, 250)
    assert (tmp_path / "letters.txt").read_bytes() == b"Subject: x\r\n\r\n"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_stands_in_the_operations_page(command: str) -> None:
    assert re.search(rf"`digest [^`\n]*{command}|`{command}`|, `{command}\b", OPERATIONS)


MODELS: tuple[type[BaseModel], ...] = (
    Settings, Site, Web, Database, TopicSettings, Newsletter, SenderSettings, SmtpSettings,
)  # fmt: skip
SECTIONS = {"options", "newsletters", "topics", "sources", "site"}


@pytest.mark.parametrize("key", sorted({key for model in MODELS for key in keys_of(model)} - SECTIONS))
def test_every_key_stands_in_the_operations_page(key: str) -> None:
    assert re.search(rf"\b{key}\b", OPERATIONS)


@pytest.mark.parametrize("variable", [*PLACES, *ELSEWHERE])
def test_every_variable_stands_in_the_operations_page(variable: str) -> None:
    assert f"`{variable}`" in OPERATIONS or f"`{variable}=" in OPERATIONS


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgresql"]]
    design = (ROOT / "docs" / "design.md").read_text()
    names = [re.match(r"[a-z0-9-]+", dependency) for dependency in wanted]
    assert [name[0] for name in names if name and f"\n| {name[0]} |" not in design] == []


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/operations.md", "docs/plugins.md"]
)
def test_links_lead_to_files_that_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [link for link in links if "://" not in link and not ((ROOT / page).parent / link).exists()]
    assert missing == []


def test_no_registry_and_no_machine_is_named_in_what_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    forbidden = re.compile(
        rb"pypi\.or" + rb"g|pythonhosted\.or" + rb"g|registry\.npm" + rb"js|/ho" + rb"me/[a-z]|/ro" + rb"ot/"
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert [file.name for file in files if file.is_file() and forbidden.search(file.read_bytes())] == []
