"""Consistency of a sensor's heart rate with its own RR intervals. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from math import inf

from devices.packets import Quality, Reading

_SPAN_NS = 10 * 10**9
_FEWEST_MS = 5_000.0  # of intervals: fewer do not give a reliable rate
_SHARE = 0.2
# Product of a rate and an interval in ms, 60,000 if they agree: between these by less than 20 %.
_LOWEST, _HIGHEST = 60_000 * (1 - _SHARE) + 1, 60_000 * (1 + _SHARE) - 1
_GOOD = Quality.GOOD  # attributes of enumerations are slow before Python 3.12


class RateCheck:
    """Detects a heart rate that contradicts its own RR intervals.

    A rate that differs by more than 20 % from 60000 ms over the median interval of the last 10 s,
    and has done so for 10 s, is doubtful: cadence lock, a reflection, a stuck average. It is
    unknown which of the two is wrong, so neither is trusted.

    Attributes:
        contradicts: the last rate was doubtful.
    """

    def __init__(self) -> None:
        self.contradicts = False
        self._intervals: deque[float] = deque()
        self._at_ns: deque[int] = deque()  # when each was received
        self._since_ns: int | None = None
        # Bounds of the intervals; those that have left make them too wide, until they are renewed.
        self._shortest, self._longest = inf, 0.0

    def check(self, now_ns: int, readings: Sequence[Reading]) -> Sequence[Reading]:
        """Return the readings of a packet, with a doubtful heart rate marked QUESTIONABLE."""
        for rate in readings:
            if rate.signal == "heart_rate":
                break
        else:
            return readings
        at_ns = self._at_ns
        for each in readings:
            if each.signal == "rr_interval" and each.quality is _GOOD and each.value:
                at_ns.append(now_ns)
                self._intervals.append(value := each.value)
                if not self._shortest <= value <= self._longest:
                    self._shortest = min(self._shortest, value)
                    self._longest = max(self._longest, value)
        while at_ns and at_ns[0] <= now_ns - _SPAN_NS:
            at_ns.popleft()
            self._intervals.popleft()
        if rate.quality is not _GOOD or rate.value is None or not self._differs(rate.value):
            self._since_ns, self.contradicts = None, False
            return readings
        if self._since_ns is None:
            self._since_ns = now_ns
        self.contradicts = now_ns - self._since_ns >= _SPAN_NS
        if not self.contradicts:
            return readings
        doubtful = replace(rate, quality=Quality.QUESTIONABLE)
        return [doubtful if each is rate else each for each in readings]

    def _differs(self, rate: float) -> bool:
        # If it agrees with all intervals, it agrees with their median: a fast path.
        if rate * self._shortest > _LOWEST and rate * self._longest < _HIGHEST:
            return False
        values = sorted(self._intervals)
        self._shortest, self._longest = (values[0], values[-1]) if values else (inf, 0.0)
        if sum(self._intervals) < _FEWEST_MS:
            return False
        expected = 60_000.0 / values[(len(values) - 1) // 2]  # `median_low`, without its copies
        return abs(rate - expected) > _SHARE * expected
