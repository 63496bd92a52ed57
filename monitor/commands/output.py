"""How commands print: JSON for programs, tables for people."""

import datetime
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def print_json(facts: object) -> None:
    """Print facts as one line of JSON."""
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_error(sentence: str) -> None:
    """Print what is wrong on standard error."""
    sys.stderr.write(f"physiomon: {sentence}\n")


def print_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values under a title."""
    from rich.table import Table  # noqa: PLC0415 - slow to load, and programs ask for JSON

    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), str(value))
    _print(table)


def print_title(title: str) -> None:
    """Print a line of its own above what follows."""
    _print(title, style="bold", markup=False)


def print_rows(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table with a heading for each column."""
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(*headings, box=None, pad_edge=False, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    _print(table)


def utc(at_ns: int) -> str:
    """Return UTC nanoseconds as ISO 8601 with milliseconds."""
    at = datetime.datetime.fromtimestamp(at_ns / 1e9, datetime.UTC)
    return at.isoformat(timespec="milliseconds")


def _print(what: object, **how: Any) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above

    Console(soft_wrap=not sys.stdout.isatty()).print(what, **how)
