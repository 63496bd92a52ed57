"""Measures of heart rate variability equal those of NeuroKit2 and SciPy where definitions agree."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.statistics.hrv_frequency import frequency_domain, lomb_scargle
from monitor.statistics.hrv_time import time_domain
from tests.durations import examples

ADJACENT = np.ones(1000, dtype=np.bool_)


def intervals(seed: int, count: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    rng = np.random.default_rng(seed)
    n = np.arange(count)
    return np.asarray(850 + 50 * np.sin(2 * np.pi * n / 6) + rng.normal(0, 25, count))


@pytest.mark.extended
@pytest.mark.parametrize("seed", range(5))
def test_time_domain_and_poincare_plot_equal_neurokit(neurokit: Any, seed: int) -> None:
    nn = intervals(seed, 400)
    ours = time_domain(nn, ADJACENT[:400])
    assert ours is not None
    given_intervals = {"RRI": nn, "RRI_Time": np.cumsum(nn) / 1000}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = neurokit.hrv_time(given_intervals).iloc[0]
        poincare = neurokit.hrv_nonlinear(given_intervals).iloc[0]
    for value, name, table in (
        (ours.mean_nn, "HRV_MeanNN", theirs),
        (ours.sdnn, "HRV_SDNN", theirs),
        (ours.rmssd, "HRV_RMSSD", theirs),
        (ours.sdsd, "HRV_SDSD", theirs),
        (ours.sd1, "HRV_SD1", poincare),
        (ours.sd2, "HRV_SD2", poincare),
    ):
        assert value == pytest.approx(table[name], abs=1e-9)
    # Another definition: NeuroKit divides by the number of intervals, the Task Force by that of
    # differences.
    assert ours.pnn50 == pytest.approx(theirs["HRV_pNN50"] * 400 / 399, abs=1e-9)


def test_differences_across_gaps_are_ignored() -> None:
    nn = np.array([800.0, 810, 800, 1000, 990, 1000, 1010])
    follows = np.array([False, True, True, False, True, True, True])
    ours = time_domain(nn, follows)
    assert ours is not None
    assert ours.rmssd == pytest.approx(10)
    assert ours.sdsd == pytest.approx(np.std([10, -10, -10, 10, 10], ddof=1))
    assert ours.pnn50 == 0
    assert ours.mean_nn == pytest.approx(nn.mean())
    pairs = np.array([(800, 810), (810, 800), (1000, 990), (990, 1000), (1000, 1010)])
    assert ours.sd2 == pytest.approx(np.std(pairs.sum(axis=1) / np.sqrt(2), ddof=1))


def test_too_few_differences_give_no_measures() -> None:
    assert time_domain(np.array([800.0, 810.0]), ADJACENT[:2]) is None
    assert time_domain(np.array([800.0, 810.0, 800.0]), np.zeros(3, dtype=np.bool_)) is None
    assert time_domain(np.empty(0), np.empty(0, dtype=np.bool_)) is None


@pytest.mark.extended
@settings(max_examples=examples(25), deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 200))
def test_periodogram_equals_scipy(seed: int, count: int) -> None:
    from scipy.signal import lombscargle  # noqa: PLC0415 - takes a second

    nn = intervals(seed, count)
    times = np.cumsum(nn) / 1000
    frequencies = np.linspace(0.01, 0.5, 60)
    values = nn - nn.mean()
    theirs = lombscargle(times, values, 2 * np.pi * frequencies)
    assert lomb_scargle(times, values, frequencies) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("hertz", "band"), [(0.06, "lf"), (0.1, "lf"), (0.14, "lf"), (0.2, "hf"), (0.25, "hf")]
)
def test_power_of_a_sine_equals_its_variance_in_its_band(hertz: float, band: str) -> None:
    """Intervals are modulated at their times: amplitude 40 ms, so the variance is 800 ms²."""
    times, nn, now = [], [], 0.0
    while now < 300:
        interval = 900 + 40 * np.sin(2 * np.pi * hertz * now)
        now += interval / 1000
        times.append(now)
        nn.append(interval)
    found = frequency_domain(np.array(times), np.array(nn))
    assert found is not None
    powers = {"lf": found.lf, "hf": found.hf}
    assert powers.pop(band) == pytest.approx(800, rel=0.1)
    assert next(iter(powers.values())) < 40
    assert found.lf_nu == pytest.approx(100 * found.lf / (found.lf + found.hf))
    assert found.lf_hf == pytest.approx(found.lf / found.hf)


def test_gap_changes_the_power_by_less_than_15_percent() -> None:
    """A tenth of the intervals is missing; resampling would have to invent them."""
    nn = 900 + 40 * np.sin(2 * np.pi * 0.1 * 0.9 * np.arange(333))
    times = np.cumsum(nn) / 1000
    whole = frequency_domain(times, nn)
    kept = np.ones(333, dtype=np.bool_)
    kept[100:133] = False
    gappy = frequency_domain(times[kept], nn[kept])
    assert whole is not None
    assert gappy is not None
    assert gappy.lf == pytest.approx(whole.lf, rel=0.15)


def test_linear_trend_has_no_power() -> None:
    nn = np.linspace(800, 1000, 333) + np.random.default_rng(1).normal(0, 1, 333)
    found = frequency_domain(np.cumsum(nn) / 1000, nn)
    assert found is not None
    assert found.lf + found.hf < 5


@pytest.mark.extended
def test_power_is_close_to_a_resampled_welch_spectrum(neurokit: Any) -> None:
    """NeuroKit resamples to 4 Hz and smooths over windows: another estimate of the same power."""
    nn = intervals(3, 350) + 30 * np.sin(2 * np.pi * 0.09 * np.cumsum(np.full(350, 0.85)))
    times = np.cumsum(nn) / 1000
    ours = frequency_domain(times, nn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = neurokit.hrv_frequency(
            {"RRI": nn, "RRI_Time": times}, interpolation_rate=4, normalize=False
        ).iloc[0]
    assert ours is not None
    assert ours.lf == pytest.approx(theirs["HRV_LF"], rel=0.25)
    assert ours.hf == pytest.approx(theirs["HRV_HF"], rel=0.35)


def test_constant_or_few_intervals_have_no_spectrum() -> None:
    nn = np.full(300, 800.0)
    assert frequency_domain(np.cumsum(nn) / 1000, nn) is None
    assert frequency_domain(np.arange(9.0), np.arange(9.0)) is None
