"""Estimate of session time from device time stamps, independent of varying radio delays. Pure.

A packet never arrives before it was sent, so the fastest packets lie on a line: the device clock.
Each bucket of a few seconds keeps its fastest packet; the median of the slopes between buckets
(Theil and Sen) is the drift, and the line is lowered until no packet lies below it.

Source: Sen, J Am Stat Assoc 1968, 63:1379; the lower envelope is what NTP's clock filter does
(RFC 5905, 10).
"""

from collections import deque
from itertools import combinations
from statistics import median

_BUCKET_NS = 10 * 10**9
_BUCKETS = 60  # ten minutes; 1,770 slopes
_FEWEST = 6
# Drift of crystals, with a margin. A steeper fit would follow noise.
_STEEPEST = 500e-6
# A stamp this far from the line belongs to another clock: it was set, or the device restarted.
_JUMP_NS = 2 * 10**9
# Packets delayed by the radio are late for seconds; after the clock is set back, all are late.
_LATE_FOR_NS = 60 * 10**9


class ClockFit:
    """Fit of one device clock to the session clock, with bounded memory.

    >>> fit = ClockFit()
    >>> for second in range(60):
    ...     fit.add(second * 10**9, 5 * 10**9 + second * 10**9)
    >>> fit.session_ns(100 * 10**9), fit.drift_ppm
    (105000000000, 0.0)

    Attributes:
        jumps: how often the device clock was set or restarted.
    """

    def __init__(self) -> None:
        self.jumps = 0
        # (device time, offset of the session's clock) of the fastest packet of each bucket.
        self._fastest: deque[tuple[int, int]] = deque(maxlen=_BUCKETS)
        self._last_ns = self._in_time_ns = 0
        self._slope = 0.0

    @property
    def drift_ppm(self) -> float | None:
        """Return the drift of the session clock against the device clock; None for a minute."""
        return self._slope * 1e6 if len(self._fastest) >= _FEWEST else None

    def add(self, device_ns: int, received_ns: int) -> None:
        """Add a device time stamp and the time at which its packet was received."""
        offset_ns = received_ns - device_ns
        if self._fastest:
            late_ns = received_ns - self._predict(device_ns)
            if late_ns <= _JUMP_NS:
                self._in_time_ns = received_ns
            backwards = device_ns < self._last_ns - _JUMP_NS
            stays_late = received_ns - self._in_time_ns > _LATE_FOR_NS
            if backwards or late_ns < -_JUMP_NS or stays_late:
                self.jumps += 1
                self._fastest.clear()
        if not self._fastest:
            self._in_time_ns = received_ns
        self._last_ns = device_ns
        fastest = self._fastest
        if not fastest or device_ns // _BUCKET_NS != fastest[-1][0] // _BUCKET_NS:
            self._fit_slope()  # the buckets up to here are final
            fastest.append((device_ns, offset_ns))
        elif offset_ns - self._slope * (device_ns - fastest[-1][0]) < fastest[-1][1]:
            fastest[-1] = device_ns, offset_ns

    def session_ns(self, device_ns: int) -> int | None:
        """Return the session time of a device time stamp, or None before the first stamp."""
        return self._predict(device_ns) if self._fastest else None

    def _predict(self, device_ns: int) -> int:
        slope = self._slope if len(self._fastest) >= _FEWEST else 0.0
        last_ns = self._fastest[-1][0]
        lowest = min(
            offset_ns - round(slope * (at_ns - last_ns)) for at_ns, offset_ns in self._fastest
        )
        return device_ns + lowest + round(slope * (device_ns - last_ns))

    def _fit_slope(self) -> None:
        slopes = [
            (later[1] - earlier[1]) / (later[0] - earlier[0])
            for earlier, later in combinations(self._fastest, 2)
            if later[0] > earlier[0]
        ]
        slope = median(slopes) if slopes else 0.0
        self._slope = max(-_STEEPEST, min(_STEEPEST, slope))
