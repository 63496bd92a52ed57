"""The session clock: UTC nanoseconds that never step back."""

from collections.abc import Callable

# A network time daemon slews by less than this in a second; anything else is a step.
_STEP_NS = 1_000_000_000


class SessionClock:
    """Counts from the wall time of its making with a monotonic clock.

    Args:
        wall_ns: the machine's UTC clock, which somebody may set.
        monotonic_ns: a clock that nobody can set.
    """

    def __init__(self, wall_ns: Callable[[], int], monotonic_ns: Callable[[], int]) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._offset_ns = wall_ns() - monotonic_ns()
        self._seen_ns = 0  # difference to the wall clock that has been told already

    def now_ns(self) -> int:
        """Return the session's time."""
        return self._monotonic_ns() + self._offset_ns

    def step_ns(self) -> int:
        """Return by how much the wall clock was set since the last call, 0 if it was not."""
        difference_ns = self._wall_ns() - self.now_ns()
        step_ns = difference_ns - self._seen_ns
        if abs(step_ns) < _STEP_NS:
            return 0
        self._seen_ns = difference_ns
        return step_ns
