"""Statistics of the last minute of a series, calculated only when they are reported.

Pure, and in whole numbers, so that they equal those of a `Window` bit for bit. A window is updated
with each sample, which costs more than to look at each sample once every ten seconds.
"""

from collections.abc import Reversible
from operator import mul

from alerts.policy.conditions import StatisticName
from monitor.statistics.running_statistics import Sample, deviation, slope_per_minute, twice_median


def trend(
    recent: Reversible[Sample], span_ns: int, hold_ns: int
) -> dict[StatisticName, float | None]:
    """Return statistics of the `span_ns` up to the last sample, in steps.

    Args:
        recent: samples, oldest first, at least one; also those before the span.
        span_ns: length of the window.
        hold_ns: time for which one sample is valid (coverage).

    >>> found = trend([(1, 60), (4, 66), (9, 72), (11, 75)], 10, 5)
    >>> found[StatisticName.MEAN], found[StatisticName.COVERAGE]
    (71.0, 1.0)
    """
    newest_first = iter(reversed(recent))
    now_ns, newest = next(newest_first)
    next_ns, since_ns = now_ns, now_ns - span_ns
    times, values = [0], [newest]
    before_ns = unknown_ns = 0  # time covered by the sample before the span; gaps
    for at_ns, steps in newest_first:
        if at_ns <= since_ns:
            before_ns = max(0, min(at_ns + hold_ns, next_ns) - since_ns)
            break
        if next_ns - at_ns > hold_ns:
            unknown_ns += next_ns - at_ns - hold_ns
        times.append(at_ns - now_ns)
        values.append(steps)
        next_ns = at_ns
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
        StatisticName.COVERAGE: float(now_ns - next_ns - unknown_ns + before_ns) / float(span_ns),
    }
