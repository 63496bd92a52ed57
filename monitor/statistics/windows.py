"""Rolling statistics over time windows of irregular samples.

Pure. A sample is a whole number, in steps of its signal's resolution, at a whole nanosecond, so
every running sum is exact. A window's values are therefore those of its samples alone, bit for
bit: it makes no difference when time moved on, when it was first requested, or where in a
recording the window was first fed.
"""

import math
from collections import deque
from collections.abc import Callable

from alerts.policy.conditions import StatisticName
from monitor.statistics.running_statistics import (
    Coverage,
    Extreme,
    Moments,
    Ordered,
    Running,
    Sample,
    Slope,
)

_LN_2 = 0.6931471805599453
_LONG_AGO_NS = -(2**63)  # earlier than any time in 64 bits


class Window:
    """The samples of the last `span_ns`: those in (now - span, now].

    A statistic is updated from the first time that it is requested; it is the same as if it
    had been kept up from the beginning.

    >>> window = Window(10, 5)
    >>> for at_ns, steps in ((1, 60), (4, 66), (9, 72)):
    ...     window.add(at_ns, steps)
    >>> window.move(11)
    >>> window.count, window.value(StatisticName.MEAN), window.value(StatisticName.COVERAGE)
    (2, 69.0, 1.0)
    """

    def __init__(self, span_ns: int, hold_ns: int) -> None:
        """Create an empty window.

        Args:
            span_ns: its length.
            hold_ns: time for which one sample is valid (coverage).

        Raises:
            ValueError: a length is not positive.
        """
        if span_ns <= 0 or hold_ns <= 0:
            raise ValueError(f"a window of {span_ns} ns that holds for {hold_ns} ns is empty")
        self._span_ns, self._hold_ns = span_ns, hold_ns
        self._left: Sample | None = None
        self._now_ns = self._last_ns = _LONG_AGO_NS
        self._samples: deque[Sample] = deque()
        # Each of these depends only on the samples.
        self._running: list[Running] = []
        self._values: dict[StatisticName, Callable[[], float | None]] = {}
        self._coverage = Coverage(hold_ns)  # kept up from the first time that it is requested

    @property
    def count(self) -> int:
        """Return how many samples are in the window."""
        return len(self._samples)

    def add(self, at_ns: int, steps: int) -> None:
        """Add a sample; if it is later than now, move to its time.

        Raises:
            ValueError: it is not later than the sample before it.
        """
        if at_ns <= self._last_ns:
            raise ValueError(f"a sample at {at_ns} ns cannot follow one at {self._last_ns} ns")
        self._last_ns = at_ns
        sample = at_ns, steps
        self._samples.append(sample)
        for running in self._running:
            running.enter(sample)
        self._now_ns = max(self._now_ns, at_ns)
        self._leave(self._now_ns - self._span_ns)

    def move(self, now_ns: int) -> None:
        """Move to a time and remove old samples; an earlier time changes nothing."""
        if now_ns > self._now_ns:
            self._now_ns = now_ns
            self._leave(now_ns - self._span_ns)

    def _leave(self, horizon_ns: int) -> None:
        samples = self._samples
        while samples and samples[0][0] <= horizon_ns:
            sample = self._left = samples.popleft()
            for running in self._running:
                running.leave(sample)

    def value(self, name: StatisticName) -> float | None:
        """Return a statistic as of now, or None if there are too few samples.

        Values are in steps: the slope in steps per minute; only the coverage is a share, 0 to 1,
        and always known. A standard deviation and a slope need two samples.

        Raises:
            ValueError: the statistic is none of a window.
        """
        return self.reader(name)()

    def reader(self, name: StatisticName) -> Callable[[], float | None]:
        """Return a function that returns a statistic as `value` does, at any later time.

        Raises:
            ValueError: as `value`.
        """
        return self._values.get(name) or self._keep(name)

    def _keep(self, name: StatisticName) -> Callable[[], float | None]:
        """Start to update a statistic; return the function that gives its value."""
        match name:
            case StatisticName.MEAN | StatisticName.SD:
                moments = Moments()
                running: Running = moments
                values = {StatisticName.MEAN: moments.mean, StatisticName.SD: moments.sd}
            case StatisticName.MEDIAN | StatisticName.SPREAD:
                ordered = running = Ordered()
                values = {
                    StatisticName.MEDIAN: ordered.median,
                    StatisticName.SPREAD: ordered.spread,
                }
            case StatisticName.MIN | StatisticName.MAX:
                extreme = running = Extreme(-1 if name is StatisticName.MIN else 1)
                values = {name: extreme.value}
            case StatisticName.SLOPE:
                slope = running = Slope()
                values = {name: slope.per_minute}
            case StatisticName.COVERAGE:
                running = self._coverage
                if self._left is not None:
                    running.enter(self._left)
                values = {name: self._covered}
            case _:
                raise ValueError(f"the {name.value} is not a statistic of a window")
        for sample in self._samples:
            running.enter(sample)
        if name is StatisticName.COVERAGE and self._left is not None:
            running.leave(self._left)
        self._running.append(running)
        self._values |= values
        return values[name]

    def _covered(self) -> float:
        return self._coverage.share(self._now_ns, self._span_ns)


class Ewma:
    """Exponentially weighted mean: the weight of a sample halves with each half-life.

    At the time t of the last sample it is sum(w[i] * x[i]) / sum(w[i]) over all samples ever,
    with w[i] = 2 ** -((t - t[i]) / half_life). It depends on every sample since the first and on
    the order of operations, which is always that of the samples.
    Source: pandas, `ewm(halflife=, times=, adjust=True)`, is the same mean.

    >>> mean = Ewma(10)
    >>> mean.add(0, 30)
    >>> mean.add(10, 60)
    >>> mean.value
    50.0
    """

    def __init__(self, half_life_ns: int) -> None:
        """Create an empty mean.

        Raises:
            ValueError: the half-life is not positive.
        """
        if half_life_ns <= 0:
            raise ValueError(f"a half-life of {half_life_ns} ns is none")
        self._half_life_ns = half_life_ns
        self._last_ns = _LONG_AGO_NS
        self._weighted = self._weights = 0.0

    @property
    def value(self) -> float | None:
        """Return the mean in steps to nine decimals, or None before the first sample.

        The quotient of two sums of equal samples can differ from them in its last bits, and would
        then be beyond a limit that it equals.
        """
        return self.read()

    def read(self) -> float | None:
        """Return the mean as `value`."""
        return round(self._weighted / self._weights, 9) if self._weights else None

    def add(self, at_ns: int, steps: int) -> None:
        """Take a sample.

        Raises:
            ValueError: it is not later than the sample before it.
        """
        if at_ns <= self._last_ns:
            raise ValueError(f"a sample at {at_ns} ns cannot follow one at {self._last_ns} ns")
        kept = _halved(at_ns - self._last_ns, self._half_life_ns)
        self._last_ns = at_ns
        self._weighted = self._weighted * kept + steps
        self._weights = self._weights * kept + 1.0


def _halved(gap_ns: int, half_life_ns: int) -> float:
    """Return 2 ** -(gap / half_life) within 1e-14, the same bits on every machine.

    Only operations that IEEE 754 rounds exactly: the exponentials of C libraries differ in their
    last digit, and with them a journal could not be replayed elsewhere.
    """
    halvings, rest_ns = divmod(gap_ns, half_life_ns)
    # exp(x) as (exp(x / 16)) ** 16: so small an argument needs nine terms of the series.
    x = -_LN_2 * (float(rest_ns) / float(half_life_ns)) / 16.0
    power = 1.0
    for term in (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0):
        power = 1.0 + power * x / term
    for _ in range(4):
        power *= power
    return math.ldexp(power, -halvings)
