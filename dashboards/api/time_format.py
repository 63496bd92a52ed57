"""Parsing and formatting of times."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import HTTPException
from pydantic import WithJsonSchema

_NANOSECONDS = r"^([0-9]{1,18}|[1-8][0-9]{18})$"

Time = Annotated[
    str,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": _NANOSECONDS},
            ]
        }
    ),
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def parse(text: str, name: str) -> int:
    """Parse ISO 8601 text with a time zone, or nanoseconds in digits; return UTC nanoseconds.

    Raises:
        HTTPException: 422 for any other text; 409 for a year beyond nanoseconds in 64 bits.
    """
    if re.fullmatch(_NANOSECONDS, text, re.ASCII):
        return int(text)
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise HTTPException(
            422, f"{name} must be ISO 8601 with a zone (2026-01-31T12:00:00Z) or UTC nanoseconds"
        )
    if not 1970 < at.year < 2200:  # noqa: PLR2004
        raise HTTPException(409, f"{name} must be between the years 1971 and 2199")
    return (at - _EPOCH) // _MICROSECOND * 1000


def iso(at_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, to the nanosecond."""
    seconds, rest = divmod(at_ns, 10**9)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
