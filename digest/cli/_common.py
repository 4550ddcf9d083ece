"""What the commands share: where config.yaml is, the pipeline over it, and how rows are shown."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from digest.config import Settings
    from digest.pipeline import Pipeline

F = TypeVar("F", bound=Callable[..., Any])

EXIT_WORK_REMAINS = 75
"""EX_TEMPFAIL of sysexits.h: nothing is wrong, but something waits."""

_CONFIG = "digest.config"


def _remember_config(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.meta[_CONFIG] = value


def config_option(function: F) -> F:
    """`-c/--config FILE`, before or after the command's name."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="DIGEST_CONFIG",
        expose_value=False,
        callback=_remember_config,
        is_eager=True,
        help="The configuration file.  [default: config.yaml]",
    )(function)


def debug_option(function: F) -> F:
    """`--debug`, before or after the command's name; `main` looks for it."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show where an error comes from.")(function)


def command(name: str) -> Callable[[F], click.Command]:
    """A command of the group, with the options that every command takes. Its help is its docstring."""

    def wrap(function: F) -> click.Command:
        return click.command(name)(config_option(debug_option(function)))

    return wrap


def json_option(function: F) -> F:
    """`--json`, for lists that other programs read."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def config_path() -> Path:
    """The configuration file this call is about."""
    found: Path = click.get_current_context().meta.get(_CONFIG, Path("config.yaml"))
    return found


def load_settings() -> "Settings":
    """The checked configuration. Raises ConfigError."""
    from digest.config import load

    return load(config_path())


def load_pipeline() -> "Pipeline":
    """The pipeline over the configured database. Raises the DigestError that says what is amiss."""
    from digest import wiring

    return wiring.open_pipeline(load_settings(), wiring.clock_from_environment())


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def audit(pipeline: "Pipeline", what: str, about: str = "") -> None:
    """Note what was just done, and by which account. `about` holds no address."""
    from digest import desk
    from digest.record.audit import note

    with pipeline.database.write() as session:
        note(session, who=desk.who(), what=what, about=about, now=pipeline.clock())


def show_rows(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, empty: str) -> None:
    """Print rows as JSON, or as a table of some of their values: `columns` maps a key to its heading."""
    if as_json:
        show_json(list(rows))
        return
    shown = [[_cell(row[key]) for key in columns] for row in rows]
    if not shown:
        click.echo(empty)
        return
    show_table(list(columns.values()), shown)


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a plain table, as wide as it needs to be."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(*headings, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        # Values may come from outside; rich would read [brackets] as markup.
        table.add_row(*(_plain(cell) for cell in row))
    console = Console()
    console.print(table, markup=False) if console.is_terminal else Console(width=160).print(table)


def _plain(cell: str) -> Any:
    from rich.text import Text

    return Text(cell)


def show_json(value: Any) -> None:
    """Print a value as JSON; times in ISO 8601."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_json_value))


def _json_value(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value.astimezone():%Y-%m-%d %H:%M}"
        case Mapping():
            return ", ".join(f"{count} {name}" for name, count in value.items())
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
