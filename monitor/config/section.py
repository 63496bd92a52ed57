"""Base of all sections of a configuration file."""

import unicodedata
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Code = Annotated[str, Field(pattern=CODE_PATTERN)]
# Names of places as people write them; topics, lines and ids encode them.
PLACE_PATTERN = r"^[\p{L}\p{Nd}]([\p{L}\p{M}\p{Nd} ._-]{0,62}[\p{L}\p{M}\p{Nd}._-])?$"
PlaceName = Annotated[
    str,
    Field(pattern=PLACE_PATTERN),
    # One spelling of each name: letters with accents can be written in two ways.
    AfterValidator(lambda name: unicodedata.normalize("NFC", name)),
]


def about(description: str, example: object, *, unit: str | None = None) -> Any:
    """Describe a key for the reference of the configuration.

    Args:
        description: complete sentences, in Markdown.
        example: a valid value.
        unit: of a number.
    """
    extra: JsonDict = {} if unit is None else {"unit": unit}
    return Field(description=description, examples=[example], json_schema_extra=extra)


def valid_zone(zone: str | None) -> str | None:
    """Return a time zone's name, or None.

    Raises:
        ValueError: there is no such time zone.
    """
    try:
        return None if zone is None else ZoneInfo(zone).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(
            f"'{zone}' is not a valid time zone; use a name such as Europe/Zurich"
        ) from None


class Section(BaseModel):
    """Table of a configuration file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
