"""Runs every measurement and prints them as one table, or as JSON to the file that is named."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import compose, importing
from bench.figure import Figure


def main() -> None:
    figures: list[Figure] = []
    for measure in (compose.measure, importing.measure):
        figures += measure()
    table = Table("What", "Median", "Unit", "Goal")
    for figure in figures:
        table.add_row(figure.what, f"{figure.value:,.4g}", figure.unit, figure.goal)
    Console().print(table)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps([figure.as_dict() for figure in figures], indent=2) + "\n")


if __name__ == "__main__":
    main()
