"""Contradictory heart rates against a plain calculation from all recent intervals."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.packets import Quality, Reading
from monitor.core.rate_check import RateCheck

S = 10**9
Packet = tuple[int, int, list[int]]  # (seconds since the last one, rate, intervals in 1/1024 s)


def packets() -> st.SearchStrategy[list[Packet]]:
    """Return packets whose intervals agree with the rate for a while, then differ by about 20 %."""
    share = st.sampled_from([0.7, 0.79, 0.8, 0.81, 1.0, 1.0, 1.0, 1.19, 1.2, 1.21, 1.3])
    stretch = st.tuples(st.integers(50, 90), share, share, st.integers(1, 25))
    gap = st.sampled_from([1, 1, 1, 1, 1, 1, 1, 1, 1, 12])

    def of(rate: int, share: float, other: float, count: int) -> list[tuple[int, list[int]]]:
        steps = [round(1024 * 60 / rate * each) for each in (share, other, share)]
        return [(rate, steps[: number % 4]) for number in range(count)]

    flat = st.lists(stretch, max_size=4).map(lambda parts: [p for part in parts for p in of(*part)])
    return flat.flatmap(
        lambda found: st.tuples(*(st.tuples(gap, st.just(r), st.just(i)) for r, i in found)).map(
            list
        )
    )


def readings(rate: int, intervals: Sequence[int]) -> list[Reading]:
    beats = [Reading(signal="rr_interval", value=steps * 1000 / 1024) for steps in intervals]
    return [Reading(signal="heart_rate", value=float(rate)), *beats]


@settings(deadline=None, max_examples=300)
@given(packets())
def test_rate_is_doubtful_if_it_differs_from_the_median_interval_for_ten_seconds(
    told: list[Packet],
) -> None:
    check, recent, now_s, since_s = RateCheck(), [(0, 0.0)], 100, None
    for gap_s, rate, intervals in told:
        now_s += gap_s
        recent += [(now_s, steps * 1000 / 1024) for steps in intervals]
        recent = [(at_s, value) for at_s, value in recent if at_s > now_s - 10]
        values = sorted(value for _, value in recent)
        differs = sum(values) >= 5000
        if differs:
            expected = 60_000.0 / values[(len(values) - 1) // 2]
            differs = abs(rate - expected) > 0.2 * expected
        since_s = (now_s if since_s is None else since_s) if differs else None
        doubtful = since_s is not None and now_s - since_s >= 10
        found = check.check(now_s * S, readings(rate, intervals))
        assert found[0].quality is (Quality.QUESTIONABLE if doubtful else Quality.GOOD)
        assert check.contradicts == doubtful
