"""The keys of configuration files."""

import re
from collections.abc import Collection, Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from monitor.config.gateway import GatewayConfig
from monitor.config.run import Config
from monitor.config.watch import WatcherConfig
from scripts.reference.json_schema import CODES, Schema, type_in_words, without_null
from scripts.reference.markdown import code, prose, sections, sentence, table

_HEAD = """# Configuration

`physiomon run` reads one TOML file for each session, `physiomon gateway` one for a gateway, and
`physiomon watch` one for a watcher. A key that does not exist, or a value that is not allowed,
stops the program with the file, the line and what is allowed. Relative paths begin at the folder of
the file. `physiomon doctor --config session.toml` checks what a file needs."""
_SESSION = """## Session files

Required are `[session]` and at least one `[[sensor]]`."""
_GATEWAY = """## Gateway files

A gateway's file has `[gateway]`, and `[[sensor]]`, `[mqtt]`, `[journal]` and `[radio]` as above;
its sensors have no key `gateway`. See [gateways](../gateway.md)."""

_WATCHER = f"""## Watcher files

A watcher's file has the tables {", ".join(map(code, WatcherConfig.model_fields))} as above. See
[a second physiomon that watches](../deploy.md#a-second-physiomon-that-watches)."""


def page() -> str:
    """Return the page."""
    shared = {*GatewayConfig.model_fields} - {"gateway"}
    return sections(
        _HEAD,
        CODES,
        _SESSION,
        *_tables(Config, ""),
        _GATEWAY,
        *_tables(GatewayConfig, "", leave_out=shared),
        _WATCHER,
    )


def _tables(model: type[BaseModel], prefix: str, leave_out: Collection[str] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner, repeated = _model_in(field.annotation)
        if inner is None or name in leave_out:
            continue
        path = f"{prefix}{name}"
        yield _section(f"[[{path}]]" if repeated else f"[{path}]", inner)
        yield from _tables(inner, f"{path}.")


def _section(title: str, model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    rows = [
        (
            code(name),
            _type(schema["properties"][name]),
            _default(field),
            f"{sentence(field.description or '')} Example: {code(toml(_example(name, field)))}",
        )
        for name, field in model.model_fields.items()
        if _model_in(field.annotation)[0] is None
    ]
    return sections(
        f"### `{title}`", prose(model.__doc__), table(("Key", "Type", "Default", "Meaning"), rows)
    )


def _type(schema: Schema) -> str:
    words = type_in_words(without_null(schema))
    unit = schema.get("unit")
    return f"{words}, in {unit}" if unit else words.replace("object of", "table of")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value is None or value == "" else code(toml(value))


def _example(name: str, field: FieldInfo) -> Any:
    if not field.examples:
        raise LookupError(f"the key '{name}' has no example; see monitor.config.section.about")
    return field.examples[0]


def toml(value: Any) -> str:
    """Return a value as TOML has it.

    >>> toml({"above": 125.0, "by": ["a", True]})
    '{ above = 125, by = ["a", true] }'
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case float():
            return f"{value:g}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(each)}' for key, each in value.items())} }}"
    return str(value)


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model of a table, and whether it is an array of tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for inner in get_args(annotation):
        model, _ = _model_in(inner)
        if model is not None:
            return model, re.match(r"list\b", str(annotation)) is not None
    return None, False
