"""Validity of values against a plain calculation from all intervals."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.arrivals import Arrivals

S = 10**9
HOLD_NS = 10 * S
# Few different gaps, so that many are equal to the median; 0: several values of one packet.
GAPS = st.lists(st.sampled_from([0, S, S + 1, S + 2, 30 * S]), min_size=12, max_size=50)


def plainly(gaps_ns: list[int]) -> int:
    usual = sorted(min(gap, HOLD_NS) for gap in [gap for gap in gaps_ns if gap][-9:])
    interval_ns = max(S, usual[(len(usual) - 1) // 2]) if len(usual) > 2 else S
    return min(HOLD_NS, interval_ns * 3 // 2)


@given(GAPS, st.data())
def test_validity_is_that_of_the_median_interval(gaps_ns: list[int], data: st.DataObject) -> None:
    arrivals, now_ns = Arrivals(S, HOLD_NS, regular=True), 5 * S
    arrivals.add(now_ns)
    for number, gap_ns in enumerate(gaps_ns, 1):
        now_ns += gap_ns
        arrivals.add(now_ns)
        if data.draw(st.booleans()):
            assert arrivals.valid_ns == plainly(gaps_ns[:number])
    assert arrivals.valid_ns == plainly(gaps_ns)


def test_single_measurements_do_not_change_validity() -> None:
    arrivals = Arrivals(S, HOLD_NS, regular=False)
    for second in range(0, 50, 5):
        arrivals.add(second * S)
    assert arrivals.valid_ns == 3 * S // 2
