"""Times of beats: exact intervals, close to the true times, and with losses detected."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.statistics.beat_times import AlignedBeats, BeatTimes
from tests.durations import combinations
from tests.statistics.heart_beats import S

HALF_STEP = S / 2048


@dataclass(frozen=True)
class Told:
    """One packet: its reception, its intervals in 1/1024 s, and the true times of its beats."""

    at_ns: int
    steps: tuple[int, ...]
    true_ns: tuple[int, ...]

    @property
    def intervals_ns(self) -> list[int]:
        return [steps * S // 1024 for steps in self.steps]


def strap(
    seed: int,
    seconds: int,
    *,
    ppm: float = 0.0,
    jitter_s: float = 0.05,
    rate: float = 70.0,
    each_s: float = 1.0,
    variability: float = 0.05,
) -> list[Told]:
    """Return packets of a strap whose clock is fast by `ppm`, with delays of the radio."""
    rng = np.random.default_rng(seed)
    told: list[Told] = []
    true_s = clock_s = 0.0  # of the last beat: in truth, and by the intervals told up to it
    phase = rng.uniform(0, each_s)
    for packet in range(1, round(seconds / each_s)):
        steps, true_ns = [], []
        now_s = 100 + phase + packet * each_s
        while 100 + true_s < now_s:
            if true_s:
                true_ns.append(round((100 + true_s) * S))
                count = round(true_s * (1 + ppm / 1e6) * 1024) - round(clock_s * 1024)
                steps.append(count)
                clock_s += count / 1024
            true_s += 60 / rate * (1 + variability * rng.uniform(-1, 1))
        at_ns = round((now_s + rng.uniform(0.01, 0.01 + jitter_s)) * S)
        at_ns = max(at_ns, told[-1].at_ns + 1 if told else 0)  # a link keeps the order
        told.append(Told(at_ns, tuple(steps), tuple(true_ns)))
    return told


def aligned(told: Sequence[Told], *, steady: bool = True) -> list[AlignedBeats]:
    times = BeatTimes(steady=steady)
    return [times.align(each.at_ns, each.intervals_ns) for each in told]


def beats(found: Sequence[AlignedBeats]) -> list[int]:
    return [at_ns for each in found for at_ns in each.at_ns]


def missing(found: Sequence[AlignedBeats]) -> int:
    return sum(each.missing or 0 for each in found)


straps = st.builds(
    strap,
    st.integers(0, 2**32),
    st.just(180),
    ppm=st.floats(-100, 100),
    jitter_s=st.floats(0, 0.3),
    rate=st.floats(35, 190),
    variability=st.floats(0, 0.15),
)


@given(straps)
def test_beats_are_one_interval_apart(told: list[Told]) -> None:
    found = aligned(told)
    apart = [b - a for a, b in pairwise(beats(found))]
    intervals = [interval for each in told for interval in each.intervals_ns][1:]
    assert all(abs(a - b) < HALF_STEP for a, b in zip(apart, intervals, strict=True))
    assert not any(each.after_ns or each.missing for each in found)


@given(straps)
def test_beats_are_before_their_packet_and_near_the_true_time(told: list[Told]) -> None:
    for each, where in zip(told, aligned(told), strict=True):
        assert all(at_ns <= each.at_ns for at_ns in where.at_ns)
        for at_ns, true_ns in zip(where.at_ns, each.true_ns, strict=True):
            assert -1.35 * S < at_ns - true_ns < 0.35 * S


@pytest.mark.no_cover
@pytest.mark.parametrize(("ppm", "rate"), combinations([-100, 0, 100], [150, 70, 45]))
def test_beat_times_stay_near_the_true_time_for_eight_hours(ppm: int, rate: int) -> None:
    """Without correction 100 ppm would add up to 2.9 s."""
    told = strap(7, 8 * 3600, ppm=ppm, rate=rate, jitter_s=0.3)
    off_s = [
        (at_ns - true_ns) / S
        for each, where in zip(told, aligned(told), strict=True)
        for at_ns, true_ns in zip(where.at_ns, each.true_ns, strict=True)
    ]
    late = off_s[round(len(off_s) / 6) :]
    assert min(late) > -0.15
    assert max(late) < 0.35


@pytest.mark.no_cover
@pytest.mark.parametrize(("seed", "rate"), combinations(range(30), [50, 75, 120]))
def test_lost_packet_is_detected(seed: int, rate: int) -> None:
    told = strap(seed, 150, rate=rate, jitter_s=0.1)
    lost = next(n for n in range(80, 90) if told[n].steps)
    count = len(told.pop(lost).steps)
    found = aligned(told)
    assert missing(found) in (count, count + 1, count - 1)
    gaps = [n for n, each in enumerate(found) if each.after_ns]
    assert len(gaps) == 1
    assert lost <= gaps[0] <= lost + 12


@pytest.mark.parametrize("seed", range(10))
def test_many_lost_packets_are_detected_immediately(seed: int) -> None:
    told = strap(seed, 150, rate=75)
    gone = told[80:100]
    del told[80:100]
    found = aligned(told)
    assert abs(missing(found) - sum(len(each.steps) for each in gone)) <= 2
    first = next(n for n in range(80, 90) if told[n].steps)
    assert [n for n, each in enumerate(found) if each.after_ns] == [first]


@given(straps, st.integers(70, 100), st.floats(1, 4))
def test_delayed_packets_are_not_counted_as_lost(
    told: list[Told], first: int, wait_s: float
) -> None:
    """They arrive together; the following ones arrive in time."""
    free_ns = told[first].at_ns + round(wait_s * S)
    held = [
        Told(max(each.at_ns, free_ns + n) if n >= first else each.at_ns, each.steps, each.true_ns)
        for n, each in enumerate(told)
    ]
    found = aligned(held)
    assert missing(found) == 0
    intervals = [interval for each in told for interval in each.intervals_ns][1:]
    apart = [b - a for a, b in pairwise(beats(found))]
    assert all(abs(a - b) < HALF_STEP for a, b in zip(apart, intervals, strict=True))


@pytest.mark.parametrize("seed", range(10))
def test_losses_of_a_sensor_with_five_second_packets_are_detected(seed: int) -> None:
    told = strap(seed, 600, each_s=5.0, rate=63, jitter_s=0.2)
    assert missing(aligned(told, steady=False)) == 0
    count = len(told.pop(70).steps)
    found = aligned(told, steady=False)
    assert abs(missing(found) - count) <= 1
    assert sum(each.after_ns is not None for each in found) == 1


def test_lost_link_starts_a_new_series_after_the_old_one() -> None:
    told = strap(3, 60)
    times = BeatTimes()
    before = [times.align(each.at_ns, each.intervals_ns) for each in told[:20]]
    times.interrupt()
    after = [times.align(each.at_ns, each.intervals_ns) for each in told[25:]]
    marked = [each for each in after if each.after_ns]
    assert [(each.after_ns, each.missing) for each in marked] == [(beats(before)[-1], None)]
    assert beats(before)[-1] < beats(after)[0]


def test_short_link_loss_keeps_beats_in_order() -> None:
    times = BeatTimes()
    first = times.align(10 * S, [S, S]).at_ns
    times.interrupt()
    second = times.align(11 * S, [S // 2, S // 2, S // 2]).at_ns
    assert second[0] > first[-1]
    assert second[-1] <= 11 * S


def test_beats_without_skin_contact_are_not_a_series() -> None:
    times = BeatTimes()
    worn = times.align(10 * S, [S]).at_ns
    for second in range(11, 20):
        off = times.align(second * S, [S], worn=False)
        assert off == ((second * S,), None, None)
    again = times.align(20 * S, [S])
    assert again.after_ns == worn[-1]
    assert again.missing is None


@given(
    st.lists(
        st.tuples(
            st.integers(-(10**10), 10**11),
            st.lists(st.integers(0, 65535 * S // 1024), max_size=9),
            st.booleans(),
        ),
        max_size=60,
    ),
    st.booleans(),
)
def test_beat_times_always_increase(
    packets: list[tuple[int, list[int], bool]], steady: bool
) -> None:
    times = BeatTimes(steady=steady)
    now_ns = 10**12
    last_ns = 0
    for after_ns, intervals, worn in packets:
        now_ns += after_ns
        where = times.align(now_ns, intervals, worn=worn)
        assert len(where.at_ns) == len(intervals)
        for at_ns in where.at_ns:
            assert at_ns > last_ns
            last_ns = at_ns


class Plain(BeatTimes):
    """Searches all delays for the lowest one at each packet."""

    def _lowest_with(self, newest_ns: int) -> int:
        self._offsets.append(newest_ns)
        return min(self._offsets)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 200)), st.sets(st.integers(0, 200)))
def test_lowest_delay_is_that_of_all_packets_that_are_kept(
    seed: int, lost: set[int], unworn: set[int]
) -> None:
    times, plain = BeatTimes(), Plain()
    for number, packet in enumerate(strap(seed, 200, jitter_s=0.5, ppm=100)):
        if number not in lost:
            asked = packet.at_ns, packet.intervals_ns
            worn = number not in unworn
            assert times.align(*asked, worn=worn) == plain.align(*asked, worn=worn)
