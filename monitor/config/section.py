"""What every section of a configuration has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Code = Annotated[str, Field(pattern=_CODE)]


class Section(BaseModel):
    """A table of the file; keys that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
