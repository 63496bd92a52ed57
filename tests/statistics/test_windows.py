"""Rolling windows against worked examples, a slow oracle, and the laws that make replay exact."""

import statistics
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.policy.conditions import StatisticName as Name
from monitor.statistics.windows import Window

S = 10**9
Samples = list[tuple[int, int]]
ALL = frozenset(Name) - {Name.LAST, Name.EWMA, Name.RMSSD, Name.SDNN}

SPANS = st.integers(1, 60)
HOLDS = st.integers(1, 40)
# Small numbers, so that equal values, short gaps and empty windows all come up often.
SAMPLES = st.lists(st.tuples(st.integers(1, 12), st.integers(-9, 9)), max_size=40).map(
    lambda gaps: [(sum(gap for gap, _ in gaps[: i + 1]), x) for i, (_, x) in enumerate(gaps)]
)


def window(
    samples: Iterable[tuple[int, int]],
    span: int = 60 * S,
    hold: int = 10 * S,
) -> Window:
    """Return a window that has been fed."""
    made = Window(span, hold)
    for at_ns, steps in samples:
        made.add(at_ns, steps)
    return made


def bits(fed: Window) -> tuple[int, dict[Name, str | None]]:
    """Return every statistic of a window, exactly."""
    values = {name: fed.value(name) for name in ALL}
    return fed.count, {name: None if v is None else v.hex() for name, v in values.items()}


def oracle(samples: Samples, now: int, span: int, hold: int) -> dict[Name, object]:
    """Return the expected value of a window, computed from all samples."""
    live = [(t, x) for t, x in samples if t > now - span]
    xs = [x for _, x in live]
    covered = 0
    for (t, _), (following, _) in pairwise([*samples, (now, 0)]):
        covered += max(0, min(following, t + hold, now) - max(t, now - span))
    expected: dict[Name, object] = dict.fromkeys(ALL) | {Name.COVERAGE: covered / span}
    if xs:
        median = statistics.median(xs)
        expected |= {
            Name.MEAN: float(Fraction(sum(xs), len(xs))),
            Name.MEDIAN: median,
            Name.SPREAD: 1.4826 * float(np.median(np.abs(np.array(xs) - median))),
            Name.MIN: min(xs),
            Name.MAX: max(xs),
        }
    if len(xs) > 1:
        t_mean, x_mean = Fraction(sum(t for t, _ in live), len(xs)), Fraction(sum(xs), len(xs))
        slope = Fraction(sum((t - t_mean) * (x - x_mean) for t, x in live))
        slope /= sum((t - t_mean) ** 2 for t, _ in live)
        expected[Name.SD] = pytest.approx(statistics.stdev(xs), rel=1e-14)
        expected[Name.SLOPE] = pytest.approx(float(slope * 60 * S), rel=1e-14)
    return expected


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        pytest.param([60, 62, 67], Name.MEAN, 63.0, id="mean"),
        pytest.param([60, 62, 67], Name.SD, 13.0**0.5, id="sd divides by n - 1"),
        pytest.param([67, 60, 62], Name.MEDIAN, 62.0, id="median of an odd count"),
        pytest.param([67, 60, 62, 63], Name.MEDIAN, 62.5, id="median of an even count"),
        pytest.param([60, 61, 70], Name.SPREAD, 1.4826, id="spread: deviations 1, 0, 9"),
        pytest.param([60, 61, 64, 70], Name.SPREAD, 1.4826 * 2.0, id="spread: 2.5 1.5 1.5 7.5"),
        pytest.param([60, 90, 65], Name.MAX, 90.0, id="max"),
        pytest.param([60, 55, 65], Name.MIN, 55.0, id="min"),
        pytest.param([60, 61, 62, 63], Name.SLOPE, 60.0, id="one a second is sixty a minute"),
        pytest.param([60], Name.MEAN, 60.0, id="mean of one"),
        pytest.param([60], Name.SPREAD, 0.0, id="spread of one"),
        pytest.param([60], Name.SD, None, id="one value has no deviation"),
        pytest.param([60], Name.SLOPE, None, id="one value has no slope"),
        pytest.param([], Name.MEDIAN, None, id="nothing has no median"),
        pytest.param([], Name.COVERAGE, 0.0, id="nothing covers nothing"),
    ],
)
def test_statistics_of_one_value_a_second(
    values: list[int], name: Name, expected: float | None
) -> None:
    fed = window([(i * S, x) for i, x in enumerate(values)])
    assert fed.value(name) == expected


@pytest.mark.parametrize(
    ("times", "now", "covered"),
    [
        pytest.param(range(1, 121), 120, 60, id="a steady signal covers all of it"),
        pytest.param([100], 105, 5, id="a sample covers until now"),
        pytest.param([100], 115, 10, id="but no longer than it holds"),
        pytest.param([100, 104], 115, 14, id="or until the next"),
        pytest.param([55], 120, 5, id="one that has left still covers the beginning"),
        pytest.param([55, 62], 120, 12, id="until the next comes"),
        pytest.param([50], 120, 0, id="and no longer than it holds"),
    ],
)
def test_coverage_of_a_minute_with_a_hold_time_of_ten_seconds(
    times: Iterable[int], now: int, covered: int
) -> None:
    fed = window([(t * S, 60) for t in times])
    fed.move(now * S)
    assert fed.value(Name.COVERAGE) == covered / 60


def test_window_excludes_its_start_and_includes_its_end() -> None:
    fed = window([(0, 1), (1, 2), (60 * S, 3)])
    assert fed.count == 2
    assert fed.value(Name.MIN) == 2


@given(
    SPANS,
    HOLDS,
    st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(-9, 9)), max_size=60),
)
@example(20, 40, [(1, 5), (25, None), (1, 7)])  # added late, and already outside the window
@example(
    20, 40, [(1, 5), (25, None), (10, 7)]
)  # added late, in a span covered by a sample that has left
@example(60, 9, [(0, x) for x in (0, 1, 4, 6, 90, 91)])  # the nearest half is on one side
@example(60, 9, [(0, x) for x in (0, 1, 85, 87, 90, 91)])  # and on the other
def test_agrees_with_an_oracle_at_every_step(
    span: int, hold: int, steps: list[tuple[int, int | None]]
) -> None:
    """A step with a value is a sample after the last one, perhaps late; one without moves now."""
    fed, now = Window(span, hold), 0
    samples: Samples = []
    for gap, value in steps:
        if value is None:
            now += gap
            fed.move(now)
        else:
            at = gap + 1 + (samples[-1][0] if samples else 0)
            samples.append((at, value))
            now = max(now, at)
            fed.add(at, value)
        assert {name: fed.value(name) for name in ALL} == oracle(samples, now, span, hold)
        assert fed.count == sum(t > now - span for t, _ in samples)


@given(SPANS, HOLDS, SAMPLES, st.data())
def test_values_do_not_depend_on_when_time_is_advanced(
    span: int, hold: int, samples: Samples, data: st.DataObject
) -> None:
    plain, moved, before = Window(span, hold), Window(span, hold), 0
    for at, value in samples:
        plain.add(at, value)
        for now in sorted(data.draw(st.lists(st.integers(before, at), max_size=3))):
            moved.move(now)
        moved.add(at, value)
        before = at
    end = before + data.draw(st.integers(0, 80))
    plain.move(end)
    moved.move(end)
    assert bits(plain) == bits(moved)


@given(SPANS, HOLDS, SAMPLES, st.integers(0, 80))
def test_values_do_not_depend_on_samples_before_the_window(
    span: int, hold: int, samples: Samples, later: int
) -> None:
    """Samples before the window and its hold time have no effect."""
    now = (samples[-1][0] if samples else 0) + later
    joined = [(t, x) for t, x in samples if t > now - span - hold]
    whole, part = window(samples, span, hold), window(joined, span, hold)
    whole.move(now)
    part.move(now)
    assert bits(whole) == bits(part)


@given(SPANS, HOLDS, SAMPLES, st.data())
def test_values_do_not_depend_on_when_they_are_first_read(
    span: int, hold: int, samples: Samples, data: st.DataObject
) -> None:
    asked, late = Window(span, hold), Window(span, hold)
    for at, value in samples:
        asked.add(at, value)
        late.add(at, value)
        bits(asked)
        for name in data.draw(st.sets(st.sampled_from(sorted(ALL)), max_size=2)):
            late.value(name)
    end = (samples[-1][0] if samples else 0) + data.draw(st.integers(0, 70))
    asked.move(end)
    late.move(end)
    assert bits(late) == bits(asked)


def test_values_are_bit_identical_to_prefix_sums() -> None:
    """Eight hours of a temperature that drifts, in one NumPy pass and sample by sample."""
    rng = np.random.default_rng(8)
    at = np.cumsum(rng.integers(200_000_000, 1_800_000_000, 28_800))
    steps = 3700 + np.cumsum(rng.integers(-3, 4, at.size))
    first = np.searchsorted(at, at - 60 * S, side="right")
    total, squares = (np.concatenate(([0], np.cumsum(x))) for x in (steps, steps * steps))
    n = np.arange(1, at.size + 1) - first
    sums, square_sums = total[1:] - total[first], squares[1:] - squares[first]
    means = sums / n
    with np.errstate(invalid="ignore"):
        sds = np.sqrt((n * square_sums - sums * sums) / (n * (n - 1)))
    fed = Window(60 * S, 10 * S)
    for i in range(at.size):
        fed.add(int(at[i]), int(steps[i]))
        assert fed.value(Name.MEAN) == means[i]
        assert fed.value(Name.SD) == (None if i == 0 else sds[i])


def test_sample_must_be_later_than_the_previous_one() -> None:
    fed = window([(5, 1)], span=10, hold=10)
    with pytest.raises(ValueError, match="a sample at 5 ns cannot follow one at 5 ns"):
        fed.add(5, 1)
    fed.move(100)
    with pytest.raises(ValueError, match="cannot follow"):
        fed.add(4, 1)
    fed.add(6, 1)
    assert fed.count == 0


def test_moving_to_an_earlier_time_changes_nothing() -> None:
    fed = window([(5, 1), (12, 2)], span=10, hold=10)
    before = bits(fed)
    fed.move(3)
    assert bits(fed) == before


@pytest.mark.parametrize("name", sorted(frozenset(Name) - ALL))
def test_statistic_without_a_window_is_refused(name: Name) -> None:
    with pytest.raises(ValueError, match="not a statistic of a window"):
        Window(1, 1).value(name)


@pytest.mark.parametrize(("span", "hold"), [(0, 1), (-1, 1), (1, 0)])
def test_empty_window_or_hold_time_is_refused(span: int, hold: int) -> None:
    with pytest.raises(ValueError, match="is empty"):
        Window(span, hold)
