"""Tokens of programs: random, shown once, and kept as a hash.

A hash without salt and rounds will do: 256 random bits cannot be guessed, as passwords can.
"""

import hashlib
import secrets
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dashboards.access.roles import Person, Role

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"


class Token(BaseModel):
    """A program that may ask.

    Attributes:
        name: a code.
        role: what it may do is what this role may.
        sha256: of the token, in hex.
        expires: when it ends; None: when it is removed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=NAME)]
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    expires: AwareDatetime | None = None

    @property
    def person(self) -> Person:
        """Return in whose name it asks."""
        return Person(self.name, self.role)

    def lasts(self, now_s: float) -> bool:
        """Tell whether it has not ended yet; `now_s` is UTC."""
        return self.expires is None or now_s < self.expires.timestamp()


def new_token() -> str:
    """Return a new token."""
    return f"physiomon-{secrets.token_urlsafe(32)}"


def hash_of(secret: str) -> str:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
