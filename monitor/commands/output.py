"""Output of commands: JSON for programs, tables for people.

Text may come from devices nearby, so all of it is stripped of control characters here, and none of
it is read as terminal markup.
"""

import datetime
import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from devices.printable_text import printable

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_GAP = 2  # between two columns
_LEAST_CUT = 8
_NEWLINE = "\n"


def print_json(facts: object) -> None:
    """Print facts as one line of JSON; control and formatting characters are escaped."""
    text = json.dumps(facts, ensure_ascii=False)
    sys.stdout.write(
        "".join(each if each.isprintable() else _escaped(each) for each in text) + "\n"
    )
    sys.stdout.flush()


def print_error(sentence: str) -> None:
    """Print an error message on standard error."""
    sys.stderr.write(f"physiomon: {printable(sentence, keep=_NEWLINE)}\n")


def print_lines(text: str) -> None:
    """Print text of one or several lines."""
    sys.stdout.write(printable(text, keep=_NEWLINE) + "\n")
    sys.stdout.flush()


def print_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values under a title; see `text_of` for the values."""
    from rich.table import Table  # noqa: PLC0415 - slow to load, and programs ask for JSON

    table = Table(
        title=_text(title), title_justify="left", show_header=False, box=None, pad_edge=False
    )
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(_text(_name(name)), _text(text_of(value)))
    _print(table)


def print_title(title: str) -> None:
    """Print a heading."""
    _print(_text(title), style="bold")


def print_rows(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table with a heading for each column."""
    _print(_table([[_text(each) for each in row] for row in (headings, *rows)]))


def print_rows_cut(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table like `print_rows`, one line for each row.

    The last column is cut to what is left of the terminal's width; the others can be copied whole.
    """
    cells = [[_text(each) for each in row] for row in (headings, *rows)]
    widths = [max(each.cell_len for each in column) for column in zip(*cells, strict=True)][:-1]
    left = shutil.get_terminal_size().columns - sum(widths) - _GAP * len(widths)
    for row in cells:
        row[-1].plain = _without_marks(row[-1].plain)
        row[-1].truncate(max(left, _LEAST_CUT), overflow="ellipsis")
    _print(_table(cells, widths))


def _table(cells: Sequence[Sequence["Text"]], widths: Sequence[int] = ()) -> "Table":
    """Return a table with headings in the first row, and with minimum widths."""
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, title_justify="left")
    for heading, width in zip_longest(cells[0], widths):
        table.add_column(heading, min_width=width)
    for row in cells[1:]:
        table.add_row(*row)
    return table


def _without_marks(text: str) -> str:
    r"""Remove marks without a width, of which a name can contain any number.

    >>> ascii(_without_marks("A\u0301\u0302 name"))
    "'\\xc1 name'"
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(char for char in composed if unicodedata.category(char) not in ("Mn", "Me"))


def text_of(value: object) -> str:
    """Return a value in words; a mapping as names with their values, in one line.

    >>> text_of({"low": 13, "info": 1}), text_of([]), text_of(True)
    ('low 13, info 1', '-', 'yes')
    """
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return (
                ", ".join(f"{_name(name)} {text_of(each)}" for name, each in value.items()) or "-"
            )
        case list() | tuple():
            return "; ".join(map(text_of, value)) or "-"
        case _:
            return str(value)


def _name(key: object) -> str:
    return str(key).replace("_", " ")


def utc(at_ns: int) -> str:
    """Return UTC nanoseconds as ISO 8601 with milliseconds."""
    at = datetime.datetime.fromtimestamp(at_ns / 1e9, datetime.UTC)
    return at.isoformat(timespec="milliseconds")


def _text(cell: object) -> "Text":
    """Return a cell whose text is printed literally."""
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text(printable(str(cell)))


def _escaped(char: str) -> str:
    return json.dumps(char, ensure_ascii=True)[1:-1]


def _print(what: object, **how: Any) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above

    Console(soft_wrap=not sys.stdout.isatty()).print(what, **how)
