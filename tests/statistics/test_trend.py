"""The trend of a series equals the statistics of a window that was fed with all samples."""

from collections import deque
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from monitor.statistics.trend import trend
from monitor.statistics.windows import Window

SPAN_NS, HOLD_NS = 60, 10
GAPS = st.one_of(st.integers(1, 15), st.sampled_from([HOLD_NS, SPAN_NS, SPAN_NS + HOLD_NS, 500]))
SAMPLES = st.lists(st.tuples(GAPS, st.integers(-40, 250)), min_size=1, max_size=60)


@given(SAMPLES)
def test_trend_equals_a_window(samples: list[tuple[int, int]]) -> None:
    window, recent = Window(SPAN_NS, HOLD_NS), deque[tuple[int, int]]()
    times = accumulate(gap for gap, _ in samples)
    for sample in zip(times, (steps for _, steps in samples), strict=True):
        window.add(*sample)
        recent.append(sample)
        found = trend(recent, SPAN_NS, HOLD_NS)
        assert found == {name: window.value(name) for name in found}
