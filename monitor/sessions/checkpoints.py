"""Checkpoints of a replay: states to which it can return without starting again."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_EVERY_NS = 10 * 60 * 10**9  # of the recording; replaying that takes less than half a second
_MOST_BYTES = 256 * 2**20  # eight hours of five sensors take 45 MB


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state at a time.

    Attributes:
        at_ns: the time.
        seq: of the last entry before it.
        parts: pickled objects that share nothing.
    """

    at_ns: int
    seq: int
    parts: Sequence[bytes]


class Checkpoints:
    """The checkpoints of one replay, in order of time.

    Beyond the memory that they may take, every second one is removed.

    Args:
        every_ns: interval of the recording between two.
        most_bytes: that they may take.
    """

    def __init__(self, every_ns: int = _EVERY_NS, most_bytes: int = _MOST_BYTES) -> None:
        self._every_ns = every_ns
        self._most_bytes = most_bytes
        self._found: list[Checkpoint] = []

    def due(self, at_ns: int) -> bool:
        """Return whether another is to be made: the interval has passed."""
        return not self._found or at_ns >= self._found[-1].at_ns + self._every_ns

    def add(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint later than all others."""
        self._found.append(checkpoint)
        if sum(len(part) for each in self._found for part in each.parts) > self._most_bytes:
            del self._found[1::2]
            self._every_ns *= 2

    def last_until(self, at_ns: int) -> Checkpoint | None:
        """Return the last checkpoint at or before a time, or None."""
        place = bisect_right(self._found, at_ns, key=lambda each: each.at_ns)
        return self._found[place - 1] if place else None
