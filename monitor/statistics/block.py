"""The statistics of a window's samples, worked out at once.

Pure, and in the same whole numbers as the running ones, so the values are the same bit for bit.
For what is asked now and then: at each sample, `monitor.statistics.running` is cheaper.
"""

from collections.abc import Sequence
from functools import cached_property

from alerts.policy.rules import StatisticName
from monitor.statistics.running import Coverage, Moments, Ordered, Sample, Slope


class Block:
    """The samples in (now - span, now].

    >>> Block([(1, 60), (4, 66), (9, 72)], None, 11, 10, 5).value(StatisticName.MEAN)
    66.0
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        left: Sample | None,
        now_ns: int,
        span_ns: int,
        hold_ns: int,
    ) -> None:
        """Take what a window holds.

        Args:
            samples: in the window, oldest first.
            left: the last sample before it, which may still cover its beginning.
            now_ns: its end.
            span_ns: its length.
            hold_ns: how long one sample stands for the present (coverage).
        """
        self._samples = samples
        self._left = left
        self._now_ns, self._span_ns, self._hold_ns = now_ns, span_ns, hold_ns
        self._steps = [steps for _, steps in samples]

    def value(self, name: StatisticName) -> float | None:
        """Return a statistic in the units of `monitor.statistics.windows.Window.value`.

        Raises:
            ValueError: it is none of a window.
        """
        match name:
            case StatisticName.MEAN:
                return self._moments.mean()
            case StatisticName.SD:
                return self._moments.sd()
            case StatisticName.MEDIAN:
                return self._ordered.median()
            case StatisticName.SPREAD:
                return self._ordered.spread()
            case StatisticName.MIN:
                return float(min(self._steps)) if self._steps else None
            case StatisticName.MAX:
                return float(max(self._steps)) if self._steps else None
            case StatisticName.SLOPE:
                return Slope.of(self._samples).per_minute()
            case StatisticName.COVERAGE:
                covered = Coverage.of(self._samples, self._left, self._hold_ns)
                return covered.share(self._now_ns, self._span_ns)
            case _:
                raise ValueError(f"the {name.value} is no statistic of a window")

    @cached_property
    def _moments(self) -> Moments:
        return Moments.of(self._steps)

    @cached_property
    def _ordered(self) -> Ordered:
        return Ordered.of(self._steps)
