"""How commands print: JSON for programs, tables for people."""

import datetime
import json
import sys
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table


def print_json(facts: object) -> None:
    """Print facts as one line of JSON."""
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_error(sentence: str) -> None:
    """Print what is wrong on standard error."""
    sys.stderr.write(f"physiomon: {sentence}\n")


def print_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values under a title."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), str(value))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def print_title(title: str) -> None:
    """Print a line of its own above what follows."""
    Console(soft_wrap=not sys.stdout.isatty()).print(title, style="bold", markup=False)


def print_rows(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table with a heading for each column."""
    table = Table(*headings, box=None, pad_edge=False, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def utc(at_ns: int) -> str:
    """Return UTC nanoseconds as ISO 8601 with milliseconds."""
    at = datetime.datetime.fromtimestamp(at_ns / 1e9, datetime.UTC)
    return at.isoformat(timespec="milliseconds")
