"""API tokens of programs: random, shown once, and stored as a hash.

A hash without salt or rounds is sufficient: unlike a password, 256 random bits cannot be guessed.
"""

import hashlib
import secrets
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dashboards.access.roles import Person, Role

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"


class Token(BaseModel):
    """An API token.

    Attributes:
        name: a code.
        role: determines the rights.
        sha256: hash of the secret, in hex.
        expires: time of expiry; None: valid until it is removed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=NAME)]
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    expires: AwareDatetime | None = None

    @property
    def person(self) -> Person:
        """Return the identity that the token authenticates."""
        return Person(self.name, self.role)

    def is_valid(self, now_s: float) -> bool:
        """Return whether the token has not expired; `now_s` is UTC."""
        return self.expires is None or now_s < self.expires.timestamp()


def new_token() -> str:
    """Return a new random secret."""
    return f"physiomon-{secrets.token_urlsafe(32)}"


def hash_of(secret: str) -> str:
    """Return the hash that is stored for a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
