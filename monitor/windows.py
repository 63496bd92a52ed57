"""Rolling statistics over time windows of irregular samples.

Pure. A sample is a whole number, in steps of its signal's resolution, at a whole nanosecond, so
every running sum is exact. A window's values are therefore those of its samples alone, bit for
bit: it makes no difference whether these came one by one or in blocks, when in between time moved
on, or where in a recording the window was first fed. Each statistic has a keeper of its own, and
a window has only the keepers that it was asked for.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from alerts.rules import StatisticName

_MINUTE_NS = 60 * 10**9
# Median absolute deviation to standard deviation of a normal distribution: 1 / Phi^-1(3/4).
# Source: Rousseeuw & Croux 1993, "Alternatives to the median absolute deviation", eq. 1.2.
_MAD_SCALE = 1.4826


class _Keeper(Protocol):
    """What is kept up as samples enter and leave, each oldest first."""

    def enter(self, at_ns: int, steps: int) -> None: ...

    def leave(self, at_ns: int, steps: int) -> None: ...


class _Moments:
    """Mean and standard deviation (ddof 1) from the sums of values and squares."""

    def __init__(self) -> None:
        self._n = self._sum = self._squares = 0

    def enter(self, at_ns: int, steps: int) -> None:  # noqa: ARG002 - a keeper is told the time
        self._n += 1
        self._sum += steps
        self._squares += steps * steps

    def leave(self, at_ns: int, steps: int) -> None:  # noqa: ARG002
        self._n -= 1
        self._sum -= steps
        self._squares -= steps * steps

    def mean(self) -> float | None:
        return float(self._sum) / float(self._n) if self._n else None

    def sd(self) -> float | None:
        n = self._n
        if n < 2:  # noqa: PLR2004 - one value does not vary
            return None
        return math.sqrt(float(n * self._squares - self._sum**2) / float(n * (n - 1)))


class _Slope:
    """Least-squares slope in steps per minute.

    Times are counted from the first sample ever: the slope is the same whole-number fraction
    whatever they are counted from, and the sums stay small.
    """

    def __init__(self) -> None:
        self._origin_ns: int | None = None
        self._n = self._t = self._tt = self._x = self._tx = 0

    def enter(self, at_ns: int, steps: int) -> None:
        if self._origin_ns is None:
            self._origin_ns = at_ns
        self._count(at_ns - self._origin_ns, steps, 1)

    def leave(self, at_ns: int, steps: int) -> None:
        assert self._origin_ns is not None  # noqa: S101 - what leaves has entered
        self._count(at_ns - self._origin_ns, steps, -1)

    def _count(self, t: int, steps: int, sign: int) -> None:
        st = sign * t
        self._n += sign
        self._t += st
        self._tt += st * t
        self._x += sign * steps
        self._tx += st * steps

    def slope(self) -> float | None:
        if self._n < 2:  # noqa: PLR2004 - a line needs two points
            return None
        rise = (self._n * self._tx - self._t * self._x) * _MINUTE_NS
        return float(rise) / float(self._n * self._tt - self._t**2)


class _Extreme:
    """Maximum, or minimum with a negative `sign`: later samples throw out what they exceed."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._falling: deque[tuple[int, int]] = deque()

    def enter(self, at_ns: int, steps: int) -> None:
        signed, falling = self._sign * steps, self._falling
        while falling and falling[-1][1] <= signed:
            falling.pop()
        falling.append((at_ns, signed))

    def leave(self, at_ns: int, steps: int) -> None:  # noqa: ARG002 - known by its time
        if self._falling[0][0] == at_ns:
            self._falling.popleft()

    def extreme(self) -> float | None:
        return float(self._sign * self._falling[0][1]) if self._falling else None


class _Ordered:
    """Median and spread from a sorted list; at a few thousand samples, moving memory is cheap."""

    def __init__(self) -> None:
        self._sorted: list[int] = []

    def enter(self, at_ns: int, steps: int) -> None:  # noqa: ARG002
        insort(self._sorted, steps)

    def leave(self, at_ns: int, steps: int) -> None:  # noqa: ARG002
        del self._sorted[bisect_left(self._sorted, steps)]

    def median(self) -> float | None:
        return float(self._twice_median()) / 2.0 if self._sorted else None

    def spread(self) -> float | None:
        """Return the scaled median absolute deviation, found without sorting deviations.

        The k values nearest to the median are neighbours in the sorted list, so a binary search
        finds where they begin, and the k-th deviation is that of the farther end. All deviations
        are taken twice, which keeps them whole numbers.
        """
        ordered, n = self._sorted, len(self._sorted)
        if not n:
            return None
        twice = self._twice_median()
        k = n // 2 + 1
        low, high = 0, n - k
        while low < high:
            middle = (low + high) // 2
            if twice - 2 * ordered[middle] > 2 * ordered[middle + k] - twice:
                low = middle + 1
            else:
                high = middle
        below, above = twice - 2 * ordered[low], 2 * ordered[low + k - 1] - twice
        farthest = max(below, above)
        if n % 2:
            return _MAD_SCALE * (float(farthest) / 2.0)
        # An even count: the mean of the k-th deviation and of the one before it.
        before = (
            max(twice - 2 * ordered[low + 1], above)
            if below > above
            else max(below, 2 * ordered[low + k - 2] - twice)
        )
        return _MAD_SCALE * (float(farthest + before) / 4.0)

    def _twice_median(self) -> int:
        half = len(self._sorted) // 2
        return self._sorted[half] + self._sorted[~half]


class _Coverage:
    """For how much of the window there was a value.

    A sample covers from its time until the next one, or for `hold_ns` if that is less.
    """

    def __init__(self, hold_ns: int) -> None:
        self._hold_ns = hold_ns
        self._covers: deque[int] = deque()  # of every sample in the window but the last
        self._covered_ns = 0  # their sum
        self._last_ns: int | None = None  # the last sample, while it is in the window
        self._left_until_ns: int | None = None  # how far the sample that left last covers

    def enter(self, at_ns: int, steps: int) -> None:  # noqa: ARG002 - any value covers
        if self._last_ns is not None:
            cover_ns = min(at_ns - self._last_ns, self._hold_ns)
            self._covers.append(cover_ns)
            self._covered_ns += cover_ns
        elif self._left_until_ns is not None:
            self._left_until_ns = min(self._left_until_ns, at_ns)
        self._last_ns = at_ns

    def leave(self, at_ns: int, steps: int) -> None:  # noqa: ARG002
        if self._covers:
            cover_ns = self._covers.popleft()
            self._covered_ns -= cover_ns
        else:
            cover_ns, self._last_ns = self._hold_ns, None
        self._left_until_ns = at_ns + cover_ns

    def share(self, now_ns: int, span_ns: int) -> float:
        covered_ns = self._covered_ns
        if self._last_ns is not None:
            covered_ns += min(now_ns - self._last_ns, self._hold_ns)
        if self._left_until_ns is not None:
            covered_ns += max(0, min(self._left_until_ns, now_ns) - (now_ns - span_ns))
        return float(covered_ns) / float(span_ns)


class Window:
    """The samples of the last `span_ns`: those in (now - span, now].

    >>> window = Window(10, 5, frozenset({StatisticName.MEAN, StatisticName.COVERAGE}))
    >>> for at_ns, steps in ((1, 60), (4, 66), (9, 72)):
    ...     window.add(at_ns, steps)
    >>> window.move(11)
    >>> window.count, window.value(StatisticName.MEAN), window.value(StatisticName.COVERAGE)
    (2, 69.0, 1.0)
    """

    def __init__(self, span_ns: int, hold_ns: int, statistics: Iterable[StatisticName]) -> None:
        """Make an empty window.

        Args:
            span_ns: its length.
            hold_ns: how long one sample stands for the present (coverage).
            statistics: what `value` will be asked for; LAST and EWMA have no window.

        Raises:
            ValueError: a length is not positive, or a statistic has no window.
        """
        if span_ns <= 0 or hold_ns <= 0:
            raise ValueError(f"a window of {span_ns} ns that holds for {hold_ns} ns is empty")
        self._span_ns = span_ns
        self._now_ns = -(2**63)
        self._samples: deque[tuple[int, int]] = deque()
        self._keepers: list[_Keeper] = []
        self._values: dict[StatisticName, Callable[[], float | None]] = {}
        for name in StatisticName:  # in one order, whatever the order of a set
            if name in statistics:
                self._keep(name, hold_ns)

    @property
    def count(self) -> int:
        """Return how many samples are in the window."""
        return len(self._samples)

    def add(self, at_ns: int, steps: int) -> None:
        """Take a sample; if it is later than now, time moves on to it.

        Raises:
            ValueError: it is not later than the sample before it.
        """
        if self._samples and at_ns <= self._samples[-1][0]:
            raise ValueError(f"a sample at {at_ns} ns after one at {self._samples[-1][0]} ns")
        self._samples.append((at_ns, steps))
        for keeper in self._keepers:
            keeper.enter(at_ns, steps)
        self.move(at_ns)

    def move(self, now_ns: int) -> None:
        """Let time pass and samples leave; a time that has already passed changes nothing."""
        self._now_ns = max(self._now_ns, now_ns)
        samples, horizon_ns = self._samples, self._now_ns - self._span_ns
        while samples and samples[0][0] <= horizon_ns:
            at_ns, steps = samples.popleft()
            for keeper in self._keepers:
                keeper.leave(at_ns, steps)

    def value(self, name: StatisticName) -> float | None:
        """Return a statistic as of now, or None where there are too few samples for it.

        Values are in steps: the slope in steps per minute; only the coverage is a share, 0 to 1,
        and always known. A standard deviation and a slope need two samples.

        Raises:
            ValueError: the window was not asked to keep this statistic.
        """
        try:
            return self._values[name]()
        except KeyError:
            raise ValueError(f"this window does not keep the {name.value}") from None

    def _keep(self, name: StatisticName, hold_ns: int) -> None:
        match name:
            case StatisticName.MEAN | StatisticName.SD:
                moments = self._kept(_Moments)
                self._values[name] = (
                    moments.mean if name is StatisticName.MEAN else moments.sd
                )
            case StatisticName.MEDIAN | StatisticName.SPREAD:
                ordered = self._kept(_Ordered)
                self._values[name] = (
                    ordered.median if name is StatisticName.MEDIAN else ordered.spread
                )
