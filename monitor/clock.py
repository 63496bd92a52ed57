"""The session clock: UTC nanoseconds that never step back and run while the machine sleeps."""

import time
from collections.abc import Callable

# A network time daemon slews by less than this in a second; anything else is a step.
_STEP_NS = 1_000_000_000

# CLOCK_BOOTTIME includes time in suspend; CLOCK_MONOTONIC does so on macOS only.
_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boottime_ns() -> int:
    """Read a clock that cannot be set and, where available, includes time in suspend."""
    return time.clock_gettime_ns(_RUNNING)


class SessionClock:
    """Clock that starts at the wall time of its creation, or later, and runs steadily.

    Args:
        wall_ns: the machine's UTC clock, which may be set.
        boottime_ns: a clock that cannot be set; see `boottime_ns` of this module.
        not_before_ns: earliest time that it may show, such as the end of a journal.
    """

    def __init__(
        self,
        wall_ns: Callable[[], int],
        boottime_ns: Callable[[], int],
        not_before_ns: int = 0,
    ) -> None:
        self._wall_ns = wall_ns
        self._boottime_ns = boottime_ns
        wall_now_ns = wall_ns()
        began_ns = max(wall_now_ns, not_before_ns)
        self._anchor_ns = began_ns - boottime_ns()
        self._reported_ns = wall_now_ns - began_ns  # offset at the last step

    @classmethod
    def of_machine(cls) -> "SessionClock":
        """Return a clock that starts at the machine's wall time."""
        return cls(time.time_ns, boottime_ns)

    def not_before(self, not_before_ns: int) -> "SessionClock":
        """Return a clock with the same sources that starts now, but not before a time."""
        return SessionClock(self._wall_ns, self._boottime_ns, not_before_ns)

    def now_ns(self) -> int:
        """Return the session's time."""
        return self._boottime_ns() + self._anchor_ns

    def offset_ns(self) -> int:
        """Return the machine's wall time minus the session's time."""
        return self._wall_ns() - self.now_ns()

    def step_ns(self) -> int:
        """Return by how much the wall clock was set since the last call; 0 if it was not."""
        offset_ns = self.offset_ns()
        step_ns = offset_ns - self._reported_ns
        if abs(step_ns) < _STEP_NS:
            return 0
        self._reported_ns = offset_ns
        return step_ns
