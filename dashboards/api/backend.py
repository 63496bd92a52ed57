"""The interface of the API to the monitor, in addition to that of the console."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from dashboards.console.backend import Backend


class Record(NamedTuple):
    """A journaled fact; `payload` is its JSON."""

    id: int
    at_ns: int
    kind: str
    subject: str
    payload: str


@runtime_checkable
class ApiBackend(Backend, Protocol):
    """A backend that can also read the journal."""

    def last_record(self, session: str) -> int:
        """Return the id of the newest journaled fact."""
        ...

    def records(self, session: str, after: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` journaled facts after an id, in order."""
        ...

    async def readings(
        self, session: str, channel: str, since_ns: int, until_ns: int, after: int, limit: int
    ) -> Sequence[Record]:
        """Return at most `limit` journaled readings of a channel and a period after an id."""
        ...

    def accept(self, session: str, alarm: str, by: str) -> None:
        """Accept an alarm's call as `by`; nobody else is called."""
        ...

    def hand_on(self, session: str, alarm: str, to: str, by: str) -> None:
        """Ask recipient `to` to take over an accepted alarm."""
        ...
