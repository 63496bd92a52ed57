"""Signals on one time base, averages around events, and lagged correlations."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from devices.packets import Quality
from monitor.analysis.common_grid import common_grid
from monitor.analysis.event_locked import event_locked
from monitor.analysis.lagged_correlation import lagged_correlation
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.recorded_tables import ReadingSeries

S = 10**9
START = 1_700_000_000 * S
Floats = NDArray[np.float64]

READINGS = st.lists(
    st.tuples(st.integers(1, 25), st.floats(30, 200), st.sampled_from([0, 0, 0, 1])), max_size=30
)


def series(steps: list[tuple[int, float, int]]) -> ReadingSeries:
    at = np.cumsum([step for step, _, _ in steps], dtype=np.int64) * S + START
    return ReadingSeries(
        channel="strap/heart_rate",
        at_ns=at.astype(np.int64),
        values=np.array([value for _, value, _ in steps], dtype=np.float64),
        quality=np.array([quality for _, _, quality in steps], dtype=np.uint8),
    )


class TestCommonGrid:
    @given(READINGS, st.sampled_from([1, 2, 5, 30]))
    def test_means_of_parts_or_the_current_value(
        self, steps: list[tuple[int, float, int]], step: int
    ) -> None:
        given_ = series(steps)
        grid = common_grid({"c": given_}, [], START, START + 120 * S, step)
        assert len(grid.at_ns) == 120 // step
        readings = list(zip(given_.at_ns.tolist(), given_.values, given_.quality, strict=True))
        for at, found in zip(grid.at_ns.tolist(), grid.values["c"], strict=True):
            inside = [v for t, v, q in readings if at <= t < at + step * S and not q]
            middle = at + step * S // 2
            before = [(t, v, q) for t, v, q in readings if t <= middle]
            if inside:
                assert found == pytest.approx(sum(inside) / len(inside))
            elif before and not before[-1][2] and middle < before[-1][0] + 10 * S:
                assert found == before[-1][1]
            else:
                assert math.isnan(found)

    def test_phases_and_ratings(self) -> None:
        def marker(second: int, name: str, text: str, status: EventStatus) -> Event:
            value = float(text) if name == "rating" else None
            return Event(
                at_ns=START + second * S, kind=EventKind.MARKER, name=name, text=text, value=value,
                entered_ns=0, status=status,
            )  # fmt: skip

        valid, undone = EventStatus.VALID, EventStatus.UNDONE
        events = [
            marker(3, "phase", "music", valid),
            marker(4, "phase", "no", undone),
            marker(5, "rating", "7", valid),
            marker(6, "rating", "1", undone),
            marker(8, "phase", "talk", valid),
        ]
        grid = common_grid({}, events, START, START + 10 * S, 1)
        assert grid.phases == ["", "", "", *["music"] * 5, "talk", "talk"]
        assert [*np.flatnonzero(~np.isnan(grid.ratings))] == [5]

    def test_a_step_must_be_positive(self) -> None:
        with pytest.raises(ValueError, match="not positive"):
            common_grid({}, [], START, START + S, 0)


class TestEventLocked:
    @given(
        st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=2, max_size=40),
        st.lists(st.integers(-5, 45), max_size=6),
        st.integers(0, 8),
        st.integers(1, 8),
    )
    def test_each_epoch_and_its_mean(
        self, values: list[float], events: list[int], before: int, after: int
    ) -> None:
        at = START + np.arange(len(values)) * S
        found = event_locked(at, np.array(values), [START + e * S for e in events], before, after)
        inside = [e for e in events if 0 <= e < len(values)]
        assert found.epochs.shape == (len(inside), before + after + 1)
        for column, lag in enumerate(range(-before, after + 1)):
            there = [
                values[e + lag]
                for e in inside
                if 0 <= e + lag < len(values) and not math.isnan(values[e + lag])
            ]
            assert found.lag_s[column] == lag
            assert found.events[column] == len(there)
            if there:
                assert found.mean[column] == pytest.approx(sum(there) / len(there))
            else:
                assert math.isnan(found.mean[column])
            assert math.isnan(found.sd[column]) == (len(there) < 2)

    def test_the_mean_before_each_event_is_subtracted(self) -> None:
        values = np.array([1.0, 3.0, 9.0, 9.0, 5.0, 7.0, 20.0, 20.0])
        at = START + np.arange(8) * S
        found = event_locked(at, values, [at[2], at[6]], 2, 1, baseline=True)
        assert found.epochs.tolist() == [[-1, 1, 7, 7], [-1, 1, 14, 14]]
        # An event without values before it has no baseline.
        assert len(event_locked(at, values, [at[0]], 2, 1, baseline=True).epochs) == 0


def slow_r(x: Floats, y: Floats, lag: int) -> float:
    pairs = [
        (x[i], y[i + lag])
        for i in range(len(x))
        if 0 <= i + lag < len(y) and not math.isnan(x[i]) and not math.isnan(y[i + lag])
    ]
    if len(pairs) < 30:
        return math.nan
    a, b = np.array(pairs).T
    return float(np.corrcoef(a, b)[0, 1])


def wandering(rng: np.random.Generator, length: int, memory: float = 0.95) -> Floats:
    """Return a slow signal: each value remembers most of the one before."""
    found = np.zeros(length)
    noise = rng.standard_normal(length)
    for place in range(1, length):
        found[place] = memory * found[place - 1] + noise[place]
    return found


class TestLaggedCorrelation:
    @pytest.mark.parametrize("gaps", [0.0, 0.2])
    def test_each_lag_is_that_of_the_pairs(self, gaps: float) -> None:
        rng = np.random.default_rng(1)
        x, y = wandering(rng, 400) + 1000, wandering(rng, 400) * 1e-3
        x[rng.random(400) < gaps] = np.nan
        y[rng.random(400) < gaps] = np.nan
        found = lagged_correlation(x, y, 2.0, 40.0)
        assert found.lag_s.tolist() == [2.0 * lag for lag in range(-20, 21)]
        expected = [slow_r(x, y, lag) for lag in range(-20, 21)]
        assert found.r == pytest.approx(expected, abs=1e-9, nan_ok=True)

    def test_a_signal_that_follows_is_found_at_its_lag(self) -> None:
        rng = np.random.default_rng(2)
        x = wandering(rng, 3000)
        y = np.roll(x, 7) + 0.5 * rng.standard_normal(3000)
        found = lagged_correlation(x, y, 10.0, 300.0)
        assert found.peak_lag_s == 70.0
        assert found.peak_r is not None
        assert found.peak_r > 0.9
        assert found.p_value == 1 / (1 + found.shifts) == 1 / 49
        backwards = lagged_correlation(y, x, 10.0, 300.0)
        assert backwards.peak_lag_s == -70.0

    @pytest.mark.extended
    def test_unrelated_signals_are_significant_as_rarely_as_the_p_value_says(self) -> None:
        """Of 200 pairs of slow, unrelated signals about 10 have p of at most 0.05."""
        rng = np.random.default_rng(3)
        p_values = []
        naive = 0
        for _ in range(200):
            x, y = wandering(rng, 1000, 0.9), wandering(rng, 1000, 0.9)
            found = lagged_correlation(x, y, 1.0, 10.0)
            assert found.p_value is not None
            p_values.append(found.p_value)
            # What tables for independent values would call significant at one lag.
            naive += abs(found.r[10]) > 1.96 / math.sqrt(1000)
        assert 2 <= sum(p <= 0.05 for p in p_values) <= 20
        assert 75 <= sum(p <= 0.5 for p in p_values) <= 125
        assert naive > 60

    def test_a_common_slow_course_is_removed(self) -> None:
        rng = np.random.default_rng(4)
        hump = 30 * np.sin(np.linspace(0, math.pi, 900))
        x, y = hump + rng.standard_normal(900), hump + rng.standard_normal(900)
        raw = lagged_correlation(x, y, 10.0, 300.0)
        plain = lagged_correlation(x, y, 10.0, 300.0, detrend_s=600.0)
        assert raw.peak_r is not None
        assert plain.peak_r is not None
        assert plain.p_value is not None
        assert raw.peak_r > 0.95
        assert abs(plain.peak_r) < 0.2
        assert plain.p_value > 0.05

    def test_no_p_value_is_small_where_lags_are_long(self) -> None:
        """Ten minutes of lags in an hour are six looks at the same hour."""
        x = wandering(np.random.default_rng(5), 360)
        found = lagged_correlation(x, x, 10.0, 300.0)
        assert found.peak_r == pytest.approx(1.0)
        assert found.p_value == 1 / 5

    @pytest.mark.parametrize(
        "make", [lambda n: np.full(n, np.nan), lambda n: np.full(n, 7.0)], ids=["none", "constant"]
    )
    def test_without_variation_there_is_no_correlation(self, make: Callable[[int], Floats]) -> None:
        found = lagged_correlation(make(200), wandering(np.random.default_rng(6), 200), 1.0, 10.0)
        assert np.isnan(found.r).all()
        assert (found.peak_r, found.p_value) == (None, None)

    def test_too_short_for_its_lags(self) -> None:
        with pytest.raises(ValueError, match="too short"):
            lagged_correlation(np.zeros(60), np.zeros(60), 1.0, 30.0)
        with pytest.raises(ValueError, match="different lengths"):
            lagged_correlation(np.zeros(60), np.zeros(61), 1.0, 3.0)


def test_quality_zero_is_good() -> None:
    assert int(Quality.GOOD) == 0
