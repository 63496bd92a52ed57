"""Statistics of the last minute of a series, calculated only when they are reported.

Pure, and in whole numbers, so that they equal those of a `Window` bit for bit. A window is updated
with each sample, which costs more than to look at each sample once every ten seconds.
"""

from operator import mul, sub

from alerts.policy.conditions import StatisticName
from monitor.statistics.recent_values import RecentValues
from monitor.statistics.running_statistics import deviation, slope_per_minute, twice_median

# Attributes of enumerations are slow before Python 3.12, and so is their use as keys.
_MEAN, _SD, _MEDIAN = StatisticName.MEAN.value, StatisticName.SD.value, StatisticName.MEDIAN.value
_MIN, _MAX, _SLOPE = StatisticName.MIN.value, StatisticName.MAX.value, StatisticName.SLOPE.value
COVERAGE = StatisticName.COVERAGE.value


def trend(recent: RecentValues, span_ns: int, hold_ns: int) -> dict[str, float | None]:
    """Return statistics of the `span_ns` up to the last sample, by name and in steps.

    Args:
        recent: samples, at least one; also those before the span.
        span_ns: length of the window.
        hold_ns: time for which one sample is valid (coverage).

    >>> recent = RecentValues(20)
    >>> for sample in ((1, 60), (4, 66), (9, 72), (11, 75)):
    ...     recent.add(*sample)
    >>> found = trend(recent, 10, 5)
    >>> found["mean"], found["coverage"]
    (71.0, 1.0)
    """
    before_ns, times_ns, values = recent.last(span_ns)
    first_ns, now_ns = times_ns[0], times_ns[-1]
    covered_ns = now_ns - first_ns
    gaps_ns = [*map(sub, times_ns[1:], times_ns)]
    if gaps_ns and max(gaps_ns) > hold_ns:
        covered_ns -= sum(gap_ns - hold_ns for gap_ns in gaps_ns if gap_ns > hold_ns)
    if before_ns is not None:  # time covered by the sample before the span
        covered_ns += max(0, min(before_ns + hold_ns, first_ns) - (now_ns - span_ns))
    times = [at_ns - now_ns for at_ns in times_ns]  # products of small numbers are fast
    n, total, ordered = len(values), sum(values), sorted(values)
    return {
        _MEAN: float(total) / float(n),
        _SD: deviation(n, total, sum(map(mul, values, values))),
        _MEDIAN: float(twice_median(ordered)) / 2.0,
        _MIN: float(ordered[0]),
        _MAX: float(ordered[-1]),
        _SLOPE: slope_per_minute(
            n, sum(times), sum(map(mul, times, times)), total, sum(map(mul, times, values))
        ),
        COVERAGE: float(covered_ns) / float(span_ns),
    }
