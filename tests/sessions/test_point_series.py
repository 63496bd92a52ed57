"""Points of charts are the same in memory and in a file."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.sessions.point_series import PointSeries, PointStore

POINTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-40, 30), st.floats(30, 200) | st.none()), max_size=150
)


class Expected:
    """All points as a dictionary."""

    def __init__(self) -> None:
        self.points: dict[int, float] = {}

    def between(self, since_ns: int, until_ns: int, after: int) -> list[tuple[int, float]]:
        ordered = sorted(self.points.items())
        start = max(0, sum(at < since_ns for at, _ in ordered) - 1)
        return ordered[start : sum(at <= until_ns for at, _ in ordered) + after]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    POINTS,
    st.integers(0, 40),
    st.integers(1, 7),
    st.tuples(st.integers(), st.integers()),
    st.sampled_from([0, 1]),
)
def test_ranges_are_those_of_all_points(
    tmp_path: Path,
    points: list[tuple[int, int, float | None]],
    most: int,
    chunk: int,
    asked: tuple[int, int],
    after: Literal[0, 1],
) -> None:
    """Also of points that are dated back, or corrected, after they were written to the file."""
    store = PointStore(tmp_path, most, chunk)
    series = [PointSeries(store) for _ in range(4)]
    expected = [Expected() for _ in range(4)]
    times = itertools.accumulate(max(step, 0) for _, step, _ in points)
    for (which, step, value), at_ns in zip(points, times, strict=True):
        dated = max(0, at_ns + min(step, 0))
        series[which].add(dated, value)
        expected[which].points[dated] = np.nan if value is None else value
    ranges = [(0, 10**6), sorted(each % 400 for each in asked), (50, 60)]
    pairs = [*zip(series, expected, strict=True)]
    for (since, until), (mine, other) in itertools.product(ranges, pairs):
        times_, values = mine.between(since, until, after)
        np.testing.assert_equal(
            list(zip(times_.tolist(), values.tolist(), strict=True)),
            other.between(since, until, after),
        )
        if times_.size:
            times_[0], values[0] = -1, -1.0  # a copy
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_by_the_budget(tmp_path: Path) -> None:
    store = PointStore(tmp_path, most=1000, chunk=10)
    series = [PointSeries(store) for _ in range(20)]
    for at_ns in range(2000):
        for each in series:
            each.add(at_ns, 70.0 + at_ns % 7)
        assert store.in_memory <= 1000 + 20
    for each in series:
        at_ns_, values = each.between(0, 2000, after=1)
        assert at_ns_.tolist() == list(range(2000))
        assert values.tolist() == [70.0 + at % 7 for at in range(2000)]


def full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def short(_file: int, points: bytes, _place: int) -> int:
    return len(points) - 1


@pytest.mark.parametrize("write", [full, short])
def test_points_that_cannot_be_written_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., int]
) -> None:
    series = PointSeries(PointStore(tmp_path, most=20, chunk=5))
    for at_ns in range(100):
        if at_ns == 50:
            monkeypatch.setattr("os.pwrite", write)
        if at_ns == 70:
            monkeypatch.undo()
        series.add(at_ns, float(at_ns))
    at_ns_, values = series.between(0, 100, after=1)
    assert at_ns_.tolist() == values.tolist() == list(range(100))


@pytest.mark.parametrize("read", [full, lambda *_: b""])
def test_points_that_cannot_be_read_are_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[..., bytes]
) -> None:
    series = PointSeries(PointStore(tmp_path, most=20, chunk=5))
    for at_ns in range(100):
        series.add(at_ns, float(at_ns))
    monkeypatch.setattr("os.pread", read)
    at_ns_, values = series.between(0, 100, after=1)
    missing = np.isnan(values)
    assert at_ns_[missing].tolist() == list(range(0, 80, 5))
    assert at_ns_[~missing].tolist() == values[~missing].tolist() == list(range(80, 100))


def test_missing_folder_keeps_points_in_memory(tmp_path: Path) -> None:
    series = PointSeries(PointStore(tmp_path / "absent", most=20, chunk=5))
    for at_ns in range(100):
        series.add(at_ns, float(at_ns))
    assert series.between(0, 100, after=1)[0].tolist() == list(range(100))
