"""Meanings of the fields of records: from docstrings, descriptions and comments."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from scripts.reference.json_schema import Schema, type_in_words
from scripts.reference.markdown import code, prose, sentence, table

_ATTRIBUTE = re.compile(r"^    (\w+): ((?:.+)(?:\n {8}.+)*)", re.MULTILINE)
_COMMENT = re.compile(r"^    (\w+): [^#\n]+  # (.+)$", re.MULTILINE)
_VALUE = re.compile(r"^    (\w+) = [^#\n]+?(?:  # (.+))?$", re.MULTILINE)
_JSON = {str: "string", int: "integer", float: "number", bool: "boolean"}


def descriptions(kind: type) -> dict[str, str]:
    """Return what is said about each field, as a sentence; fields without words are not in it."""
    section = inspect.cleandoc(kind.__doc__ or "").partition("\nAttributes:\n")[2]
    found = dict(_ATTRIBUTE.findall(section)) | dict(_COMMENT.findall(inspect.getsource(kind)))
    if issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if field.description:
                found[name] = field.description
    return {name: _in_markdown(text) for name, text in found.items()}


def _in_markdown(text: str) -> str:
    text = re.sub(
        r"`(?:\w+\.)*([A-Z]\w+)`", lambda found: f"[{found[1]}](#{found[1].lower()})", text
    )
    return sentence(" ".join(text.replace("``", "`").split()).replace("None", "null"))


def enumeration(kind: type[Enum]) -> str:
    """Return a section with the values of an enumeration, and what is said about each."""
    said = dict(_VALUE.findall(inspect.getsource(kind)))
    rows = [
        (
            code(str(each.value)),
            sentence(said.get(each.name) or each.name.replace("_", " ").lower()),
        )
        for each in kind
    ]
    return f"### {kind.__name__}\n\n{prose(kind.__doc__)}\n\n{table(('Value', 'Meaning'), rows)}"


def record_table(kind: type, leave_out: frozenset[str]) -> str:
    """Return the table of a dataclass's fields.

    Raises:
        LookupError: nothing is said about a field.
    """
    assert is_dataclass(kind)  # noqa: S101 - the facts are
    said, hints = descriptions(kind), get_type_hints(kind)
    names = [each.name for each in fields(kind) if each.name not in leave_out]
    if silent := [name for name in names if name not in said]:
        raise LookupError(f"{kind.__name__}: say in a comment what {', '.join(silent)} is")
    return table(
        ("Key", "Type", "Meaning"),
        ((code(name), _json_type(hints[name]), said[name]) for name in names),
    )


def _json_type(annotation: Any) -> str:
    if get_origin(annotation) is tuple:
        return f"array of {_json_type(get_args(annotation)[0])}"
    options = get_args(annotation)
    if get_origin(annotation) is dict:
        return f"object of {_json_type(options[1])}"
    if options:
        return " or ".join("null" if each is NoneType else _json_type(each) for each in options)
    return _JSON[annotation]


def schema_table(schema: Schema, said: dict[str, str], link: Any = code) -> str:
    """Return the table of an object's keys from its JSON schema.

    Args:
        schema: of the object.
        said: what is known about keys, beside the descriptions in the schema.
        link: see `type_in_words`.
    """
    return table(("Key", "Type", "Default", "Meaning"), _rows(schema, said, link))


def _rows(schema: Schema, said: dict[str, str], link: Any) -> Iterator[tuple[str, ...]]:
    for name, each in schema["properties"].items():
        default = each.get("default")
        shown = "" if default is None or default == "" else code(str(default).lower())
        if name in schema.get("required", ()):
            shown = "**required**"
        words = sentence(each.get("description", "")) or said.get(name, "")
        yield code(name), type_in_words(each, link), shown, words
