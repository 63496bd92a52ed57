"""Arrival of a channel's values: their usual interval, and how long one is evidence. Pure."""

from collections import deque

_INTERVALS = 9  # between values; their median is the expected one
_FEWEST_INTERVALS = 3


class Arrivals:
    """Engine times at which the live GOOD values of one channel arrive.

    Args:
        interval_ns: expected between two values.
        hold_ns: longest time for which a value is valid.
        regular: whether the interval is updated as values arrive.
    """

    def __init__(self, interval_ns: int, hold_ns: int, *, regular: bool) -> None:
        self._interval_ns = interval_ns
        self._hold_ns = hold_ns
        self._regular = regular
        self._last_ns: int | None = None
        self._intervals: deque[int] = deque(maxlen=_INTERVALS)
        self._usual_ns = 0  # median of these
        self._valid_ns: int | None = None  # None: to be calculated when it is needed

    def add(self, now_ns: int) -> None:
        """Add a value."""
        if not self._regular:
            return
        last_ns, self._last_ns = self._last_ns, now_ns
        if last_ns is None or now_ns <= last_ns:
            return
        intervals, usual_ns = self._intervals, self._usual_ns
        left_ns = intervals[0] if len(intervals) == _INTERVALS else None
        come_ns = min(now_ns - last_ns, self._hold_ns)
        intervals.append(come_ns)
        # The median stays if the new interval is on the same side of it as the one that leaves.
        if (
            left_ns is None
            or (left_ns < usual_ns) is not (come_ns < usual_ns)
            or (left_ns > usual_ns) is not (come_ns > usual_ns)
        ):
            self._valid_ns = None

    @property
    def valid_ns(self) -> int:
        """Return the time for which the last value is evidence."""
        if self._valid_ns is None:
            interval_ns, count = self._interval_ns, len(self._intervals)
            if count >= _FEWEST_INTERVALS:
                # At least the usual interval: packets in bursts do not show when the next comes.
                self._usual_ns = sorted(self._intervals)[(count - 1) // 2]
                interval_ns = max(interval_ns, self._usual_ns)
            self._valid_ns = min(self._hold_ns, interval_ns * 3 // 2)
        return self._valid_ns
