"""What the API asks of the monitor beyond what the console does."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from dashboards.console.backend import Backend


class Record(NamedTuple):
    """One derived fact as journaled; `payload` is its JSON."""

    id: int
    at_ns: int
    kind: str
    subject: str
    payload: str


@runtime_checkable
class ApiBackend(Backend, Protocol):
    """A backend that also knows the journal."""

    def last_record(self, session: str) -> int:
        """Return the id of the newest journaled fact."""
        ...

    def records(self, session: str, after: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` journaled facts behind an id, in order."""
        ...

    async def readings(
        self, session: str, channel: str, since_ns: int, until_ns: int, after: int, limit: int
    ) -> Sequence[Record]:
        """Return at most `limit` journaled readings of a channel and a time behind an id."""
        ...

    def accept(self, session: str, alarm: str, by: str) -> None:
        """Say in `by`'s name that somebody looks after an alarm; nobody else is called."""
        ...
