"""The documentation keeps up: its examples run, and commands, keys, variables, laws and dependencies stand in it."""

import asyncio
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import click
import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from digest import senders, sources, wiring
from digest.cli import COMMANDS
from digest.cli import digest as command_line
from digest.config import Settings, load
from digest.config.environment import ELSEWHERE, PLACES
from digest.config.secrets import secret_keys
from digest.feedback import channels, webhooks
from digest.testserver import read_faults
from digest.types import Outgoing, Page, Reply, Stage, Validators

ROOT = Path(__file__).parent.parent
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]}
OPERATIONS, DESIGN, PLUGINS = (PAGES[f"docs/{name}.md"] for name in ("operations", "design", "plugins"))


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def configured(folder: Path, changes: Mapping[str, Any]) -> Settings:
    """The configuration that comes with the program, with some of its sections replaced."""
    data = yaml.safe_load((ROOT / "config.yaml").read_text()) | changes
    (folder / "config.yaml").write_text(yaml.safe_dump(data))
    return load(folder / "config.yaml")


# ── examples ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def _plug_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The examples of docs/plugins.md, installed under the names that the page gives them."""
    folder = tmp_path_factory.mktemp("plug-ins")
    described, points = folder / "our_plugins-1.dist-info", ""
    codes = [code for code in blocks(PLUGINS, "python") if "def test_" not in code]
    for code, text in zip(codes, blocks(PLUGINS, "toml"), strict=True):
        ((group, named),) = tomllib.loads(text)["project"]["entry-points"].items()
        ((kind, place),) = named.items()
        file = folder / f"{place.partition(':')[0].replace('.', '/')}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(code)
        points += f"[{group}]\n{kind} = {place}\n"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: our-plugins\nVersion: 1\n")
    (described / "entry_points.txt").write_text(points)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


def set_up(folder: Path, section: str) -> Settings:
    """The program's configuration with what docs/plugins.md says to write for a plug-in."""
    written = [data for text in blocks(PLUGINS, "yaml") if section in (data := yaml.safe_load(text))]
    return configured(folder, written[0])


@pytest.mark.usefixtures("_plug_ins")
def test_the_example_of_a_source_collects(tmp_path: Path) -> None:
    async def fetch(url: str, **_options: Any) -> Page:
        notes = b'[{"title": "A", "url": "https://www.example.org/a", "tags": ["Asia"]}, {"title": "B"}]'
        return Page(url, 200, {"etag": '"1"'}, notes)

    source = wiring.open_sources(set_up(tmp_path, "sources"))["our notes"].source
    found = asyncio.run(source.collect(fetch, Validators()))
    assert [(article.title, article.tags) for article in found.articles] == [("A", ("Asia",))]
    assert (found.problems, found.validators.etag) == (("note 2 has no title or no url",), '"1"')


@pytest.mark.usefixtures("_plug_ins")
def test_the_example_of_a_source_passes_its_own_test() -> None:
    (code,) = (code for code in blocks(PLUGINS, "python") if "def test_" in code)
    names: dict[str, Any] = {}
    exec(code, names)
    names["test_notes_keep_to_the_contract"]()


@pytest.mark.usefixtures("_plug_ins")
def test_the_example_of_a_sender_sends(tmp_path: Path) -> None:
    async def send() -> Reply:
        with wiring.sender_opener(set_up(tmp_path, "sender"))() as sender:
            session = await sender.relays[0].connect()
            assert not isinstance(session, Reply)
            return await session.send(Outgoing(1, "a@example.org", "b@example.org", b"Subject: x\r\n\r\n"))

    reply = asyncio.run(send())
    assert (reply.stage, reply.code) == (Stage.BODY, 250)
    assert (tmp_path / "letters.txt").read_bytes() == b"Subject: x\r\n\r\n"


@pytest.mark.parametrize(
    "text", [text for page in PAGES if page != "docs/plugins.md" for text in blocks(PAGES[page], "yaml")]
)
def test_a_configuration_on_a_page_is_one_the_program_takes(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = yaml.safe_load(text)
    if isinstance(written, list):
        (tmp_path / "faults.yaml").write_text(text)
        assert read_faults(tmp_path / "faults.yaml").strike("connect")
        return
    if "password_file" in written.get("sender", {}):
        monkeypatch.setenv("DIGEST_SENDER_PASSWORD", "takes the place of the file")
    wiring.sender_opener(configured(tmp_path, written))


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────


def commands(group: click.Group) -> Iterator[click.Command]:
    """A group, its commands, and theirs."""
    yield group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands(command) if isinstance(command, click.Group) else [command]


def test_every_command_stands_in_the_operations_page() -> None:
    assert set(COMMANDS) - set(re.findall(r"`digest ([a-z-]+)", OPERATIONS)) == set()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_speaks_of_a_command_that_is_not_there(page: str) -> None:
    assert set(re.findall(r"(?:`|\$ |bin/)digest ([a-z][a-z-]+)", PAGES[page])) - set(COMMANDS) == set()


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md"])
def test_no_page_speaks_of_an_option_that_is_not_there(page: str) -> None:
    known = {name for one in commands(command_line) for parameter in one.params for name in parameter.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", PAGES[page])) - known == set()


# ── the settings ────────────────────────────────────────────────────────────────────────────────────────────────────

Keys = Mapping[str, FieldInfo | None]


def keys(model: type[BaseModel], prefix: str = "") -> dict[str, FieldInfo | None]:
    """Every key below a model as the page writes it, like `topics[].slug`, with the field that it sets."""
    found: dict[str, FieldInfo | None] = {f"{prefix}{key}_file": None for key in secret_keys(model)}
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if _is_model(kind)]
        if inner:
            origin = get_origin(field.annotation)
            mark = "[]" if origin is tuple else ".KEY" if origin is Mapping else ""
            found |= keys(inner[0], f"{key}{mark}.")
        elif name != "options":
            found[key] = field
    return found


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def every_key() -> Keys:
    """The keys of config.yaml, with those of each kind of source and sender that is built in."""
    found = keys(wiring.TestBackendSettings, "sender.")
    for kind in senders.BUILT_IN:
        found |= keys(senders.find(kind).Settings, "sender.")
    for kind in sources.BUILT_IN:
        found |= keys(sources.find(kind).Settings, "sources[].")
    for kind in channels.BUILT_IN:
        found |= keys(channels.find(kind).Settings, "feedback.channels[].")
    for kind in webhooks.BUILT_IN:
        found |= keys(webhooks.find(kind).Settings, "feedback.webhooks[].")
    return found | keys(Settings)


def rows() -> dict[str, str]:
    """The table of keys in docs/operations.md: key and default."""
    table = OPERATIONS.partition("## Every key")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.*?) \|", table, re.MULTILINE))


def test_the_operations_page_has_every_key_and_no_other() -> None:
    assert set(rows()) == set(every_key())


def _written(default: object) -> str:
    """A default as people write it."""
    match default:
        case timedelta():
            return f"{default.days}d"
        case bool():
            return str(default).lower()
        case float():
            return f"{default:g}"
    return str(default)


@pytest.mark.parametrize(
    ("key", "default"),
    [
        (key, _written(field.default))
        for key, field in every_key().items()
        if field and isinstance(field.default, str | int | float | timedelta) and field.default != ""
    ],
)
def test_the_operations_page_has_the_default(key: str, default: str) -> None:
    assert rows()[key] == f"`{default}`"


def test_the_operations_page_has_every_variable_and_no_other() -> None:
    named = set(re.findall(r"`(DIGEST_\w+)`", OPERATIONS)) - {"DIGEST_SENDER_", "DIGEST_SENDER_PASSWORD"}
    assert named == {*PLACES, *ELSEWHERE}


# ── the design ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    reasons = re.findall(r"^\| ([a-z0-9-]+) \| \w", DESIGN.partition("## Dependencies")[2], re.MULTILINE)
    assert {re.split(r"[^a-z0-9-]", name)[0] for name in wanted} - set(reasons) == set()


def test_the_tests_that_the_design_names_are_there() -> None:
    defined = {name for file in ROOT.glob("tests/**/*.py") for name in re.findall(r"def (test_\w+)", file.read_text())}
    assert set(re.findall(r"`(test_\w+)`", DESIGN)) - defined == set()


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_are_there(page: str) -> None:
    named = re.findall(r"`((?:digest|subscribers|templates|tests|bench|docs)/[\w./-]+)`", PAGES[page])
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_are_there(page: str) -> None:
    links = re.findall(r'\]\(([^)#]+)[^)]*\)|src="([^"]+)"', PAGES[page])
    files = [link for pair in links for link in pair if link and "://" not in link]
    assert [file for file in files if not ((ROOT / page).parent / file).exists()] == []


# ── what is committed ───────────────────────────────────────────────────────────────────────────────────────────────


def test_no_registry_and_no_machine_is_named_in_what_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    # Written in halves, so that this file does not find itself.
    halves = [("pypi.", "org"), ("pythonhosted.", "org"), ("registry.npm", "js"), ("/ho", "me/"), ("/ro", "ot/")]
    forbidden = re.compile("|".join(re.escape(one + other) for one, other in halves).encode())
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert [file.name for file in files if file.is_file() and forbidden.search(file.read_bytes())] == []
