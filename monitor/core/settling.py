"""Settling of a sensor after it was put on the body. Pure."""

from collections import deque

_KEEP_NS = 2 * 3600 * 10**9  # as long as a channel keeps values
_HOUR_NS = 3600 * 10**9


class Settling:
    """Settling of one channel's sensor.

    Attributes:
        duration_ns: time that the sensor takes to settle; 0: the policy in force does not wait.
        began_ns: measurement time of the first value since it was last put on, or None before the
            first value; known whether or not the policy in force waits for it.
    """

    def __init__(self, expected_ns: int) -> None:
        self.duration_ns = 0
        self.began_ns: int | None = None
        self._expected_ns = expected_ns
        self._began: deque[int] = deque()

    def begin(self, at_ns: int) -> None:
        """Start to settle with a value measured at `at_ns`, unless that was done within an hour."""
        if self.began_ns is None or at_ns - self.began_ns >= _HOUR_NS:
            self.began_ns = at_ns
            self._began.append(at_ns)
            while self._began[0] < at_ns - _KEEP_NS:
                self._began.popleft()

    def left_ns(self, now_ns: int) -> int:
        """Return the remaining time to settle; 0: settled, or no wait."""
        if not self.duration_ns or self.began_ns is None:
            return 0
        return max(0, self.began_ns + self.duration_ns - now_ns)

    def at(self, at_ns: int) -> bool:
        """Return whether the sensor was settling at a time."""
        began, duration_ns = self._began, self.duration_ns
        if not began or at_ns >= began[-1] + duration_ns:  # the usual case: a fast path
            return False
        return any(began_ns <= at_ns < began_ns + duration_ns for began_ns in began)

    def over_ns(self, at_ns: int) -> int:
        """Return when the sensor, as it was worn at a time, was settled."""
        if not self.duration_ns:
            return self._expected_ns
        began = [began_ns for began_ns in self._began if began_ns <= at_ns]
        return (began[-1] if began else self._expected_ns) + self.duration_ns
