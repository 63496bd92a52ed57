"""Running statistics, updated as samples enter a window and leave it, oldest first.

Pure, and in whole numbers: the state depends only on the samples in the window, not on earlier
ones.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from typing import Protocol

Sample = tuple[int, int]  # (UTC nanoseconds, steps of the signal's resolution)

_MINUTE_NS = 60 * 10**9
_PAIR = 2  # one value neither varies nor rises
# Median absolute deviation to standard deviation of a normal distribution: 1 / Phi^-1(3/4).
_MAD_SCALE = 1.4826


def deviation(n: int, total: int, squares: int) -> float | None:
    """Return the standard deviation (ddof 1) of `n` whole numbers; None if they are too few."""
    if n < _PAIR:
        return None
    return math.sqrt(float(n * squares - total**2) / float(n * (n - 1)))


def slope_per_minute(n: int, t: int, tt: int, x: int, tx: int) -> float | None:
    """Return the least-squares slope from sums over times in ns; None if these are too few."""
    if n < _PAIR:
        return None
    return float((n * tx - t * x) * _MINUTE_NS) / float(n * tt - t**2)


def twice_median(ordered: Sequence[int]) -> int:
    """Return twice the median of sorted whole numbers, which is whole too."""
    half = len(ordered) // 2
    return ordered[half] + ordered[~half]


class Running(Protocol):
    """Interface that is called for each sample that enters or leaves a window."""

    def enter(self, sample: Sample) -> None:
        """Add the latest sample."""
        ...

    def leave(self, sample: Sample) -> None:
        """Remove the oldest sample."""
        ...


class Moments:
    """Mean and standard deviation (ddof 1) from the sums of values and of their squares."""

    def __init__(self) -> None:
        self._n = self._sum = self._squares = 0

    def enter(self, sample: Sample) -> None:
        """Add the latest sample."""
        steps = sample[1]
        self._n += 1
        self._sum += steps
        self._squares += steps * steps

    def leave(self, sample: Sample) -> None:
        """Remove the oldest sample."""
        steps = sample[1]
        self._n -= 1
        self._sum -= steps
        self._squares -= steps * steps

    def mean(self) -> float | None:
        """Return the mean in steps."""
        return float(self._sum) / float(self._n) if self._n else None

    def sd(self) -> float | None:
        """Return the standard deviation in steps."""
        return deviation(self._n, self._sum, self._squares)


class Slope:
    """Least-squares slope.

    Times are counted from the first sample ever, which keeps the sums small; numerator and
    denominator are the same whole numbers for any origin.
    """

    def __init__(self) -> None:
        self._origin_ns: int | None = None
        self._n = self._t = self._tt = self._x = self._tx = 0

    def enter(self, sample: Sample) -> None:
        """Add the latest sample."""
        at_ns, x = sample
        if self._origin_ns is None:
            self._origin_ns = at_ns
        t = at_ns - self._origin_ns
        self._n += 1
        self._t += t
        self._tt += t * t
        self._x += x
        self._tx += t * x

    def leave(self, sample: Sample) -> None:
        """Remove the oldest sample."""
        at_ns, x = sample
        assert self._origin_ns is not None  # noqa: S101 - what leaves has entered
        t = at_ns - self._origin_ns
        self._n -= 1
        self._t -= t
        self._tt -= t * t
        self._x -= x
        self._tx -= t * x

    def per_minute(self) -> float | None:
        """Return the slope in steps per minute."""
        return slope_per_minute(self._n, self._t, self._tt, self._x, self._tx)


class Extreme:
    """Maximum, or minimum where `sign` is -1: a sample outlives only those that exceed it."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._falling: deque[Sample] = deque()

    def enter(self, sample: Sample) -> None:
        """Add the latest sample."""
        signed, falling = self._sign * sample[1], self._falling
        while falling and self._sign * falling[-1][1] <= signed:
            falling.pop()
        falling.append(sample)

    def leave(self, sample: Sample) -> None:
        """Remove the oldest sample."""
        if self._falling[0] == sample:
            self._falling.popleft()

    def value(self) -> float | None:
        """Return the extreme in steps."""
        return float(self._falling[0][1]) if self._falling else None


class Ordered:
    """Median and spread from a sorted list; inserting is cheap for a few thousand values."""

    def __init__(self) -> None:
        self._sorted: list[int] = []

    def enter(self, sample: Sample) -> None:
        """Add the latest sample."""
        insort(self._sorted, sample[1])

    def leave(self, sample: Sample) -> None:
        """Remove the oldest sample."""
        del self._sorted[bisect_left(self._sorted, sample[1])]

    def median(self) -> float | None:
        """Return the median in steps; of an even count the mean of the middle two."""
        ordered = self._sorted
        if not ordered:
            return None
        half = len(ordered) // 2  # `twice_median` without a call: rules read it at each value
        return float(ordered[half] + ordered[~half]) / 2.0

    def spread(self) -> float | None:
        """Return the scaled median absolute deviation in steps, without sorting deviations.

        The k values nearest to the median are neighbours in the sorted list. A binary search
        finds where they begin, and the k-th deviation is that of their farther end. Deviations
        are taken twice, which keeps them whole numbers.
        """
        ordered, n = self._sorted, len(self._sorted)
        if not n:
            return None
        twice = twice_median(ordered)
        k = n // 2 + 1
        first, last = 0, n - k
        while first < last:
            middle = (first + last) // 2
            if twice - 2 * ordered[middle] > 2 * ordered[middle + k] - twice:
                first = middle + 1
            else:
                last = middle
        below, above = twice - 2 * ordered[first], 2 * ordered[first + k - 1] - twice
        if n % 2:
            return _MAD_SCALE * (float(max(below, above)) / 2.0)
        # An even count: the mean of the k-th deviation and of the one before it.
        if below > above:
            nearer = max(twice - 2 * ordered[first + 1], above)
        else:
            nearer = max(below, 2 * ordered[first + k - 2] - twice)
        return _MAD_SCALE * (float(max(below, above) + nearer) / 4.0)


class Coverage:
    """Share of the window with a value.

    A sample covers from its time until the next one, or for `hold_ns` if that is less; so one
    that has left the window may still cover its beginning.
    """

    def __init__(self, hold_ns: int) -> None:
        self._hold_ns = hold_ns
        self._covers: deque[int] = deque()  # of every sample in the window but the last
        self._covered_ns = 0  # their sum
        self._last_ns: int | None = None  # the last sample, while it is in the window
        self._left_until_ns: int | None = None  # how far the sample that left last covers

    def enter(self, sample: Sample) -> None:
        """Add the latest sample."""
        at_ns = sample[0]
        if self._last_ns is not None:
            cover_ns = min(at_ns - self._last_ns, self._hold_ns)
            self._covers.append(cover_ns)
            self._covered_ns += cover_ns
        elif self._left_until_ns is not None:
            self._left_until_ns = min(self._left_until_ns, at_ns)
        self._last_ns = at_ns

    def leave(self, sample: Sample) -> None:
        """Remove the oldest sample."""
        if self._covers:
            cover_ns = self._covers.popleft()
            self._covered_ns -= cover_ns
        else:
            cover_ns, self._last_ns = self._hold_ns, None
        self._left_until_ns = sample[0] + cover_ns

    def share(self, now_ns: int, span_ns: int) -> float:
        """Return the covered share of the `span_ns` before now, 0 to 1."""
        covered_ns = self._covered_ns
        if self._last_ns is not None:
            covered_ns += min(now_ns - self._last_ns, self._hold_ns)
        if self._left_until_ns is not None:
            covered_ns += max(0, min(self._left_until_ns, now_ns) - (now_ns - span_ns))
        return float(covered_ns) / float(span_ns)
