"""Runs every measurement and prints them as one table, or as JSON to the file that is named.

    python -m bench [--quick] [JSON]

`--quick` leaves out the million recipients.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench import compose, feedback, importing, million, page, sending, signing, sources
from bench.figure import Figure

_WIDTH = 100


def main() -> None:
    parser = argparse.ArgumentParser("bench")
    parser.add_argument("--quick", action="store_true", help="leave out the million recipients")
    parser.add_argument("json", type=Path, nargs="?", help="write the figures to this file too")
    wanted = parser.parse_args()
    parts: list[Callable[[], Iterable[Figure]]] = [
        compose.measure,
        signing.measure,
        importing.measure,
        sources.measure,
        sending.measure,
        page.measure,
        feedback.measure,
    ]
    if not wanted.quick:
        parts.append(million.measure)
    console = Console(stderr=True)
    figures = [figure for part in track(parts, "measuring", console=console) for figure in part()]
    _show(figures)
    if wanted.json:
        wanted.json.parent.mkdir(parents=True, exist_ok=True)
        wanted.json.write_text(json.dumps([figure.as_dict() for figure in figures], indent=2) + "\n")


def _show(figures: list[Figure]) -> None:
    """Print them as Markdown, which docs/performance.md takes as it is."""
    table = Table("What", "Median", "Unit", "Goal", "Met?", box=MARKDOWN)
    for figure in figures:
        table.add_row(figure.what, f"{figure.value:,.4g}", figure.unit, figure.goal, figure.verdict)
    Console(width=_WIDTH).print(table)


if __name__ == "__main__":
    main()
