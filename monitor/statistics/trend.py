"""Statistics of the last minute of a series, calculated only when they are reported.

Pure, and in whole numbers, so that they equal those of a `Window` bit for bit. A window is updated
with each sample, which costs more than to look at each sample once every ten seconds.
"""

from bisect import bisect_right
from collections import deque
from itertools import islice, repeat
from operator import itemgetter, mul, sub

from alerts.policy.conditions import StatisticName
from monitor.statistics.running_statistics import Sample, deviation, slope_per_minute, twice_median


def trend(recent: deque[Sample], span_ns: int, hold_ns: int) -> dict[StatisticName, float | None]:
    """Return statistics of the `span_ns` up to the last sample, in steps.

    Args:
        recent: samples, oldest first, at least one; also those before the span.
        span_ns: length of the window.
        hold_ns: time for which one sample is valid (coverage).

    >>> found = trend(deque([(1, 60), (4, 66), (9, 72), (11, 75)]), 10, 5)
    >>> found[StatisticName.MEAN], found[StatisticName.COVERAGE]
    (71.0, 1.0)
    """
    now_ns = recent[-1][0]
    first = bisect_right(recent, now_ns - span_ns, key=itemgetter(0))
    # Newest first: a deque finds samples near its end at once.
    moments, values = zip(*islice(reversed(recent), len(recent) - first), strict=True)
    times = [at_ns - now_ns for at_ns in moments]
    gaps = [*map(sub, times, times[1:])]
    covered_ns = sum(map(min, gaps, repeat(hold_ns)))
    if first:  # the last sample before the span may cover its beginning
        covered_ns += max(0, min(recent[first - 1][0] - now_ns + hold_ns, times[-1]) + span_ns)
    n, total, ordered = len(values), sum(values), sorted(values)
    return {
        StatisticName.MEAN: float(total) / float(n),
        StatisticName.SD: deviation(n, total, sum(map(mul, values, values))),
        StatisticName.MEDIAN: float(twice_median(ordered)) / 2.0,
        StatisticName.MIN: float(ordered[0]),
        StatisticName.MAX: float(ordered[-1]),
        StatisticName.SLOPE: slope_per_minute(
            n, sum(times), sum(map(mul, times, times)), total, sum(map(mul, times, values))
        ),
        StatisticName.COVERAGE: float(covered_ns) / float(span_ns),
    }
