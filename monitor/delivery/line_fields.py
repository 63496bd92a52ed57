"""Fields and tags of InfluxDB line protocol, escaped.

Source: InfluxDB line protocol reference.
"""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

# A tag cannot contain a backslash: before a comma it is ambiguous with an escape.
_TAG_ESCAPES = str.maketrans(
    {",": r"\,", "=": r"\=", " ": r"\ ", "\n": r"\ ", "\r": r"\ ", "\\": "/"}
)
_STRING_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\", "\n": " ", "\r": " "})

Body = Mapping[str, Any]


@lru_cache(4096)
def reading_fields(payload: str) -> str:
    """Return the fields of a reading; cached, since sensors repeat the values of their scale."""
    body = parsed(payload)
    value, quality = finite(body["value"]), body["quality"]
    return f"quality={quality}i" if value is None else f"value={value!r},quality={quality}i"


def parsed(payload: str) -> Body:
    """Parse a fact's JSON; the standard library also accepts NaN and infinity."""
    try:
        body: Body = orjson.loads(payload)
    except orjson.JSONDecodeError:
        body = json.loads(payload)
    return body


def fields(**values: str | float | bool | None) -> str:
    """Return the fields of a line, without those that are None."""
    return ",".join(f"{key}={_field(value)}" for key, value in values.items() if value is not None)


def tag(value: str) -> str:
    r"""Return a tag's value, escaped.

    >>> tag("room 1, left=door")
    'room\\ 1\\,\\ left\\=door'
    """
    return value.translate(_TAG_ESCAPES) or "-"


def _field(value: str | float | bool) -> str:  # noqa: FBT001
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    return f'"{value.translate(_STRING_ESCAPES)}"'


def finite(value: float | None) -> float | None:
    """Return a float, also for whole numbers; None for NaN and infinity."""
    return None if value is None or not math.isfinite(value) else float(value)
