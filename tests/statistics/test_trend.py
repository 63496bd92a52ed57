"""The trend of a series equals the statistics of a window that was fed with all samples."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.conditions import StatisticName
from monitor.statistics.recent_values import RecentValues
from monitor.statistics.trend import trend
from monitor.statistics.windows import Window

SPAN_NS, HOLD_NS, KEEP_NS = 60, 10, 100
GAPS = st.one_of(st.integers(1, 15), st.sampled_from([HOLD_NS, SPAN_NS, SPAN_NS + HOLD_NS, 500]))
SAMPLES = st.lists(st.tuples(GAPS, st.integers(-40, 250)), min_size=1, max_size=60)


@given(SAMPLES)
def test_trend_equals_a_window(samples: list[tuple[int, int]]) -> None:
    window, recent = Window(SPAN_NS, HOLD_NS), RecentValues(KEEP_NS)
    times = accumulate(gap for gap, _ in samples)
    for sample in zip(times, (steps for _, steps in samples), strict=True):
        window.add(*sample)
        recent.add(*sample)
        found = trend(recent, SPAN_NS, HOLD_NS)
        assert found == {name: window.value(StatisticName(name)) for name in found}
