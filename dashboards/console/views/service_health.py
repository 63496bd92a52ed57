"""Health of the service, for programs that watch it."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """Ability of a service to protect the people in its sessions; nothing in it is about a person.

    Attributes:
        reason: why it does not, as a sentence; None if it does.
        running: number of sessions that are running.
        advanced_ns: UTC time up to which all of them are evaluated; the time now if none is late.
    """

    reason: str | None
    running: int
    advanced_ns: int


@runtime_checkable
class HealthBackend(Protocol):
    """A backend that knows the health of its service."""

    def health(self) -> ServiceHealth:
        """Return the health of the service."""
        ...
