"""The Python API: functions, classes and methods of the package ``physiomon``."""

import inspect
import re
from collections.abc import Callable, Iterator
from inspect import cleandoc
from typing import Any

import physiomon
from monitor.exports import session_tables
from monitor.exports.tables import Column, ColumnType
from scripts.reference.markdown import code, sections, table

_HEAD = """# Python API

`import physiomon` reads recordings; `pip install 'physiomon[export]'` adds pandas and pyarrow. A
tour with output and a picture: [Recordings in Python](../python-api.md). Errors are
`physiomon.PhysiomonError`, with one sentence for people."""
_TYPES = {
    ColumnType.NUMBER: "number",
    ColumnType.TEXT: "text",
    ColumnType.FLAG: "true or false",
    ColumnType.TIME: "time (UTC)",
}
_TABLES = {
    "readings": session_tables.READINGS,
    "beats": session_tables.BEATS,
    "ecg": session_tables.ECG,
    "events": session_tables.EVENTS + session_tables.NOTES + session_tables.NAMES,
    "alarms": session_tables.ALARMS + session_tables.ALARM_NAMES,
    "sensors": session_tables.SENSORS + session_tables.SENSOR_NAMES,
}


def page() -> str:
    """Return the page."""
    return sections(
        _HEAD,
        *_function("physiomon.open", physiomon.open),
        *_function("physiomon.open_all", physiomon.open_all),
        *_class(physiomon.Recording),
        *_class(physiomon.Recordings),
        "## Columns\n\nOf the tables here and of the files of `physiomon export`. `text`, `action` "
        "and `reason` are included with notes only, people and devices with names only.",
        *(part for name, columns in _TABLES.items() for part in _columns(name, columns)),
    )


def _class(found: type) -> Iterator[str]:
    yield f"## `physiomon.{found.__name__}`"
    yield _prose(found.__doc__)
    members = (pair for each in found.__mro__[:-1] for pair in vars(each).items())
    for name, member in members:
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield f"### `{name}`"
            yield _prose(member.__doc__)
        elif inspect.isfunction(member):
            yield from _function(name, member, "###")


def _function(name: str, function: Callable[..., Any], level: str = "##") -> Iterator[str]:
    parameters = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in inspect.signature(function).parameters.values()
        if each.name != "self"
    ]
    yield f"{level} {code(f'{name}{inspect.Signature(parameters)}')}"
    yield _prose(function.__doc__)


def _prose(docstring: str | None) -> str:
    """Return a docstring as Markdown: its arguments and errors as lists."""
    text = cleandoc(docstring or "").replace("``", "`")
    parts = re.split(r"\n\n?(Args|Raises):\n", text)
    shown = [parts[0]]
    for section, body in zip(parts[1::2], parts[2::2], strict=True):
        items = re.split(r"\n(?=    \S)", f"\n{body}")[1:]
        pairs = [" ".join(item.split()).partition(": ") for item in items]
        heading = {"Args": "Arguments:", "Raises": "Errors:"}[section]
        shown.append("\n".join([heading, "", *(f"- `{what}`: {why}" for what, _, why in pairs)]))
    return "\n\n".join(shown)


def _columns(name: str, columns: tuple[Column, ...]) -> Iterator[str]:
    yield f"### Columns of `{name}`"
    rows = [(code(each.name), _TYPES[each.type], each.unit, each.meaning) for each in columns]
    yield table(("Column", "Type", "Unit", "Meaning"), rows)
