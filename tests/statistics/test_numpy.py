"""Every statistic of irregular samples against plain NumPy over all of them, at each sample."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alerts.policy.conditions import StatisticName as Name
from devices.signals import SIGNALS
from monitor.statistics.windows import Ewma, Window

S = 10**9
START_NS = 1_700_000_000 * S
Times = NDArray[np.int64]
Values = NDArray[np.float64]
# Bursts as of beats laid back, each second or so, and gaps that empty windows.
GAPS = st.integers(1, 10**6) | st.integers(8 * 10**8, 12 * 10**8) | st.integers(S, 400 * S)


@st.composite
def series(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Return samples of some signal in steps, anywhere in its range."""
    signal = SIGNALS[draw(st.sampled_from(["heart_rate", "rr_interval", "core_temperature"]))]
    lowest, highest = signal.steps(signal.lowest), signal.steps(signal.highest)
    values = st.integers(lowest, highest) | st.integers(lowest, lowest + 5)
    gaps = draw(st.lists(st.tuples(GAPS, values), min_size=1, max_size=80))
    times = START_NS + np.cumsum([gap for gap, _ in gaps])
    return [(int(at), x) for at, (_, x) in zip(times, gaps, strict=True)]


def slope(t: Times, x: Values) -> float:
    minutes = (t - t[0]) / (60 * S)
    minutes -= minutes.mean()
    return float(minutes @ (x - x.mean()) / (minutes @ minutes))


# (fewest samples, statistic of the times and values in the window)
PLAIN: dict[Name, tuple[int, Callable[[Times, Values], float]]] = {
    Name.MEAN: (1, lambda _, x: float(np.mean(x))),
    Name.SD: (2, lambda _, x: float(np.std(x, ddof=1))),
    Name.MEDIAN: (1, lambda _, x: float(np.median(x))),
    Name.SPREAD: (1, lambda _, x: 1.4826 * float(np.median(np.abs(x - np.median(x))))),
    Name.MIN: (1, lambda _, x: float(np.min(x))),
    Name.MAX: (1, lambda _, x: float(np.max(x))),
    Name.SLOPE: (2, slope),
}


def coverage(t: Times, now: int, span: int, hold: int) -> float:
    ends = np.minimum(np.append(t[1:], now), np.minimum(t + hold, now))
    return float(np.sum(np.maximum(0, ends - np.maximum(t, now - span))) / span)


def ewma(t: Times, x: Values, half_life: int) -> float:
    weights = 0.5 ** ((t[-1] - t) / half_life)
    return float(weights @ x / np.sum(weights))


@settings(deadline=None)
@given(
    series(),
    st.sampled_from((5, 60, 300, 1800)),
    st.sampled_from((10, 90)),
    st.integers(0, 1),
)
def test_statistics_of_a_window(
    samples: list[tuple[int, int]], span_s: int, hold_s: int, later: int
) -> None:
    span, hold = span_s * S, hold_s * S
    fed = Window(span, hold)
    all_t = np.array([at for at, _ in samples], dtype=np.int64)
    all_x = np.array([steps for _, steps in samples], dtype=np.float64)
    for n, (at_ns, steps) in enumerate(samples, 1):
        fed.add(at_ns, steps)
        now = at_ns + later * min(S, int(all_t[n] - at_ns - 1) if n < len(samples) else S)
        fed.move(now)
        live = all_t[:n] > now - span
        t, x = all_t[:n][live], all_x[:n][live]
        for name, (fewest, plain) in PLAIN.items():
            if t.size < fewest:
                assert fed.value(name) is None
                continue
            # A float's own error in a slope grows as the time between samples shrinks.
            within = 60 * S / float(t[-1] - t[0]) if name is Name.SLOPE else 1.0
            allowed = max(1e-9, 1e-12 * float(x.max()) * within)
            assert fed.value(name) == pytest.approx(plain(t, x), rel=1e-9, abs=allowed), name
        assert fed.value(Name.COVERAGE) == pytest.approx(coverage(all_t[:n], now, span, hold))
        assert fed.count == t.size


@settings(deadline=None)
@given(series(), st.sampled_from((5, 60, 300, 1800)))
def test_exponentially_weighted_mean(samples: list[tuple[int, int]], half_life_s: int) -> None:
    fed = Ewma(half_life_s * S)
    t = np.array([at for at, _ in samples], dtype=np.int64)
    x = np.array([steps for _, steps in samples], dtype=np.float64)
    for n, (at_ns, steps) in enumerate(samples, 1):
        fed.add(at_ns, steps)
        assert fed.value == pytest.approx(ewma(t[:n], x[:n], half_life_s * S), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(series(), st.data())
def test_values_are_bit_identical_for_any_blocks_and_start(
    samples: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Read at the end of random blocks, and from a start just before the window."""
    names = {*PLAIN, Name.COVERAGE}
    each, blocks = Window(60 * S, 10 * S), Window(60 * S, 10 * S)
    for number, (at_ns, steps) in enumerate(samples, 1):
        each.add(at_ns, steps)
        each.move(at_ns)
        bits = {name: repr(each.value(name)) for name in sorted(names)}
        blocks.add(at_ns, steps)
        if data.draw(st.booleans()):
            middle = Window(60 * S, 10 * S)
            for earlier_ns, x in samples[:number]:
                if earlier_ns > at_ns - 70 * S:
                    middle.add(earlier_ns, x)
            assert {name: repr(blocks.value(name)) for name in sorted(names)} == bits
            assert {name: repr(middle.value(name)) for name in sorted(names)} == bits
