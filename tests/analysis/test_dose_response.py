"""Coverage, medians of minutes and the figures around a dose, against slow models."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.cohort_course import cohort_course
from monitor.analysis.coverage import Coverage, coverage
from monitor.analysis.dose_response import MINUTE_NS, dose_response, minute_medians
from tests.analysis.test_time_relations import READINGS, START, S, series

LENGTH_S = 300


@given(READINGS)
def test_a_value_is_current_until_the_next_reading_or_for_ten_seconds(
    steps: list[tuple[int, float, int]],
) -> None:
    given_ = series(steps)
    found = coverage(given_, START, START + LENGTH_S * S)
    covered = 0
    for second in range(LENGTH_S):
        at_ns = START + second * S
        before = [
            (t, q)
            for t, q in zip(given_.at_ns.tolist(), given_.quality.tolist(), strict=True)
            if t <= at_ns
        ]
        covered += bool(before and not before[-1][1] and at_ns < before[-1][0] + 10 * S)
    assert found.share == pytest.approx(covered / LENGTH_S)
    assert (found.ends_ns > found.starts_ns).all()
    assert (found.starts_ns[1:] > found.ends_ns[:-1]).all()
    gaps = found.gaps_s.sum() / LENGTH_S
    assert found.share + gaps == pytest.approx(1.0)


@given(READINGS, st.integers(0, LENGTH_S))
def test_a_minute_counts_if_half_of_it_is_covered(
    steps: list[tuple[int, float, int]], zero_s: int
) -> None:
    given_ = series(steps)
    spans = coverage(given_, START, START + LENGTH_S * S)
    zero_ns = START + zero_s * S
    minutes, medians = minute_medians(given_, spans, zero_ns)
    assert minutes.tolist() == list(range(-(zero_s // 60), (LENGTH_S - zero_s) // 60))
    readings = list(zip(given_.at_ns.tolist(), given_.values, given_.quality, strict=True))
    for minute, median in zip(minutes.tolist(), medians, strict=True):
        start, end = zero_ns + minute * MINUTE_NS, zero_ns + (minute + 1) * MINUTE_NS
        overlaps = zip(spans.starts_ns.tolist(), spans.ends_ns.tolist(), strict=True)
        covered = sum(max(0, min(end, e) - max(start, s)) for s, e in overlaps)
        values = [v for t, v, q in readings if start <= t < end and not q]
        if covered >= MINUTE_NS / 2 and values:
            assert median == pytest.approx(statistics.median(values))
        else:
            assert math.isnan(median)


def test_a_recording_that_is_not_a_whole_minute_has_no_minute() -> None:
    spans = Coverage(START, START + 30 * S, np.empty(0, np.int64), np.empty(0, np.int64))
    minutes, medians = minute_medians(series([]), spans, START + 10 * S)
    assert len(minutes) == len(medians) == 0


def course(*parts: tuple[int, float]) -> "tuple[np.ndarray, np.ndarray]":
    """Return a course from (minutes, value) parts that begins ten minutes before the dose."""
    values = [value for length, value in parts for _ in range(length)]
    return np.arange(-10, len(values) - 10), np.array(values, dtype=np.float64)


class TestFigures:
    def test_a_plateau(self) -> None:
        minutes, medians = course((10, 70), (30, 70), (60, 100), (60, 72))
        found = dose_response("c", minutes, medians, 70.0, 3.0)
        assert (found.peak, found.change) == (100, 30)
        # The median of five minutes is 100 from the third minute of them on.
        assert found.peak_min == 30.5
        assert found.area == pytest.approx((60 * 30 + 60 * 2) / 60)
        assert found.covered_h == 2.5
        assert found.recovery_min == 90

    def test_a_single_artefact_is_no_peak(self) -> None:
        minutes, medians = course((10, 70), (30, 70), (2, 220), (30, 75), (20, 70))
        assert dose_response("c", minutes, medians, 70.0, 3.0).peak == 75

    def test_minutes_without_values_add_nothing(self) -> None:
        minutes, medians = course((10, 70), (30, 80), (30, math.nan), (30, 80))
        found = dose_response("c", minutes, medians, 70.0, 3.0)
        assert found.area == pytest.approx(10.0)
        assert found.covered_h == 1.0

    def test_no_recovery_within_the_recording(self) -> None:
        minutes, medians = course((10, 70), (60, 90), (14, 70))
        assert dose_response("c", minutes, medians, 70.0, 3.0).recovery_min is None

    def test_without_a_baseline_only_the_peak_is_known(self) -> None:
        minutes, medians = course((10, 70), (60, 90))
        found = dose_response("c", minutes, medians, None, None)
        assert (found.peak, found.change, found.area, found.recovery_min) == (90, None, None, None)

    def test_of_a_saturation_the_lowest_counts(self) -> None:
        minutes, medians = course((10, 98), (30, 98), (20, 90), (60, 98))
        found = dose_response("c", minutes, medians, 98.0, 1.0, lowest=True)
        assert (found.peak, found.change, found.recovery_min) == (90, -8, 50)

    def test_nothing_after_the_dose(self) -> None:
        minutes, medians = course((10, 70))
        found = dose_response("c", minutes, medians, 70.0, 3.0)
        assert (found.peak, found.area, found.covered_h) == (None, None, 0.0)


class TestCohortCourse:
    @given(
        st.lists(st.dictionaries(st.integers(-5, 5), st.floats(30, 200), max_size=8), max_size=5),
        st.sampled_from([1, 3]),
    )
    def test_each_session_counts_once(self, sessions: list[dict[int, float]], width: int) -> None:
        courses = [
            (np.array(sorted(s), dtype=np.int64), np.array([s[k] for k in sorted(s)]))
            for s in sessions
        ]
        found = cohort_course(courses, width)
        for middle, mean, sd, number in zip(
            found.minutes, found.mean, found.sd, found.sessions, strict=True
        ):
            part = math.floor(middle / width)
            means = [
                statistics.mean(inside)
                for s in sessions
                if (inside := [v for k, v in s.items() if k // width == part])
            ]
            assert number == len(means)
            if len(means) > 1:
                assert mean == pytest.approx(statistics.mean(means))
                assert sd == pytest.approx(statistics.stdev(means), abs=1e-9)
            else:
                assert math.isnan(mean)
                assert math.isnan(sd)
