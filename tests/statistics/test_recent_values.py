"""Recent values equal a list from which old samples are removed one by one."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.statistics.recent_values import RecentValues

SPAN_NS = 700
# Up to 2,000 samples of a few gaps: old ones are removed together at every 512th.
GAPS = st.lists(st.tuples(st.sampled_from([1, 2, 60, SPAN_NS - 1, SPAN_NS]), st.integers(1, 400)))


@given(GAPS)
def test_recent_values_equal_a_list(runs: list[tuple[int, int]]) -> None:
    recent, kept = RecentValues(SPAN_NS), list[tuple[int, int]]()
    gaps = [gap for gap, count in runs for _ in range(count)][:2000]
    for steps, at_ns in enumerate(accumulate(gaps), -100):
        recent.add(at_ns, steps)
        kept.append((at_ns, steps))
        while kept[0][0] <= at_ns - SPAN_NS:
            del kept[0]
        assert (recent[0], recent[-1], len(recent)) == (kept[0], kept[-1], len(kept))
    assert [*recent] == [recent[n] for n in range(len(recent))] == kept
    assert [*reversed(recent)] == kept[::-1]


def test_removed_samples_are_out_of_range() -> None:
    recent = RecentValues(SPAN_NS)
    for at_ns in (1, 2, 3 + SPAN_NS):
        recent.add(at_ns, 60)
    assert [*recent] == [(3 + SPAN_NS, 60)]
    for index in (1, -2):
        with pytest.raises(IndexError):
            recent[index]
