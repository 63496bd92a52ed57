"""One record for repeated reads: pages are reloaded, and programs ask again and again. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

WINDOW_NS = 600 * 10**9


@dataclass(frozen=True, slots=True)
class Read:
    """A read by an account or token.

    Attributes:
        session: id; empty for all sessions.
        user: name of the account or token.
        role: of it.
        resource: ``page``, ``overview``, or the last part of a path in the API.
        ended: a page was closed, or a stream ended.
    """

    session: str
    user: str
    role: str
    resource: str
    ended: bool


@dataclass(slots=True)
class _Window:
    began_ns: int
    repeated: int = 0
    last_ns: int = 0


@dataclass(frozen=True, slots=True)
class Repeats:
    """The number of repeats of a read, and the time of the last one."""

    read: Read
    number: int
    last_ns: int


class ReadLog:
    """The reads of the last ten minutes."""

    def __init__(self) -> None:
        self._windows: dict[Read, _Window] = {}

    def is_new(self, read: Read, now_ns: int) -> bool:
        """Return whether to record a read; if not, count it."""
        window = self._windows.get(read)
        if window is None:
            self._windows[read] = _Window(now_ns)
            return True
        window.repeated += 1
        window.last_ns = now_ns
        return False

    def over(self, now_ns: int, *, everything: bool = False) -> Iterator[Repeats]:
        """Yield the repeats of windows that are over, or of all, and begin new ones for them."""
        for read, window in list(self._windows.items()):
            if not everything and now_ns - window.began_ns < WINDOW_NS:
                continue
            if window.repeated:
                self._windows[read] = _Window(now_ns)
                yield Repeats(read, window.repeated, window.last_ns)
            else:
                del self._windows[read]
