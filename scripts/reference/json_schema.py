"""JSON schemas in words: the types of configuration keys, messages and HTTP bodies."""

from collections.abc import Callable, Mapping
from typing import Any

from monitor.config.section import CODE_PATTERN, PLACE_PATTERN
from scripts.reference.markdown import code, codes

Schema = Mapping[str, Any]
_PATTERNS = {
    CODE_PATTERN: "[code](#codes)",
    PLACE_PATTERN: "letters and digits of any script, blanks, `-`, `_` and `.`; at most 64",
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$": "[time](#times)",
    r"^person-[0-9a-f]{8}$": "[pseudonym](#pseudonyms)",
    r"^[0-9]{1,20}$": "string of digits",
}
CODES = """## Codes

A *code* consists of letters, digits, `-`, `_` and `.`. It begins with a letter or a digit and has
at most 64 characters."""


def type_in_words(schema: Schema, link: Callable[[str], str] = code) -> str:
    """Return what a value may be.

    Args:
        schema: of the value.
        link: makes the text for a model by its name.

    >>> type_in_words({"type": "integer", "minimum": 0, "maximum": 65535})
    'integer, 0 to 65535'
    >>> type_in_words({"anyOf": [{"type": "string"}, {"type": "null"}]})
    'string or null'
    """
    match schema:
        case {"$ref": str(reference)}:
            return link(reference.rpartition("/")[2])
        case {"anyOf": [*options]}:
            return " or ".join(type_in_words(option, link) for option in options)
        case {"enum": [*values]}:
            return codes(f'"{value}"' for value in values)
        case {"const": value}:
            return code(f'"{value}"')
        case {"pattern": str(pattern)} if pattern in _PATTERNS:
            return _PATTERNS[pattern]
        case {"type": "array"}:
            return f"array of {type_in_words(schema.get('items', {}), link)}"
        case {"type": "object", "additionalProperties": Mapping() as inner}:
            return f"object of {type_in_words(inner, link)}"
        case {"type": str(name)}:
            return ", ".join([name, *_bounds(schema)])
    return "any value"


def _bounds(schema: Schema) -> list[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    found = []
    if low is not None and high is not None:
        found.append(f"{low:g} to {high:g}" if high < 10**6 else f"{low} to {high}")
    elif low is not None:
        found.append(f"{low:g} or more")
    if above is not None and abs(above) < 2**62:
        found.append(f"more than {above:g}")
    if high is not None and low is None:
        found.append(f"at most {high:g}")
    if below is not None and below < 2**62:
        found.append(f"less than {below:g}")
    if longest is not None:
        found.append(f"{f'{shortest} to' if shortest else 'at most'} {longest} characters")
    elif shortest:
        found.append("not empty")
    return found


def without_null(schema: Schema) -> Schema:
    """Return a schema without the option null: TOML has none, a key is left out."""
    options = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if not options:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **options[0]} if len(options) == 1 else {**rest, "anyOf": options}
