"""Signals and events in time, by the Python API."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import physiomon
from tests.reports.full_session import DOSE_S, LAST_S, full, save


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(full(), tmp_path_factory.mktemp("full") / "full.journal")


@pytest.fixture
def recording(path: Path) -> Iterator[physiomon.Recording]:
    with physiomon.open(path, zero="dose", notes=True) as opened:
        yield opened


def test_phases_and_ratings_are_on_the_time_base_of_the_signals(
    recording: physiomon.Recording,
) -> None:
    found = recording.aligned("heart_rate", "core_temperature", step_s=10)
    assert list(found.columns) == [
        *("time_s", "phase", "rating", "strap/heart_rate", "patch/core_temperature"),
    ]
    assert len(found) == LAST_S // 10
    assert found.time_s.iloc[0] == pytest.approx(-DOSE_S, abs=0.1)
    assert found.phase.iloc[0] == ""
    assert found.phase.iloc[31] == "preparation"
    assert found.rating.dropna().tolist() == [7]
    assert found.index[found.rating.notna()].tolist() == [100]
    # The strap is lost from 2400 to 2500 s; its last value is current for 10 s.
    assert found["strap/heart_rate"].isna()[241:250].all()
    assert set(found["strap/heart_rate"][181:189]) == {130.5}


def test_phases_are_numbered_without_notes(path: Path) -> None:
    with physiomon.open(path) as recording:
        assert list(dict.fromkeys(recording.aligned(step_s=60).phase)) == ["", "phase 1", "phase 2"]


def test_averages_around_events(recording: physiomon.Recording) -> None:
    found = recording.event_locked("heart_rate", "dose", before_s=60, after_s=1000)
    assert found.lag_s.tolist() == [10.0 * n for n in range(-6, 101)]
    assert set(found.events[:100]) == {1}
    assert found["mean"].max() == 60  # 130.5 after 70.5
    assert found.sd.isna().all()
    both = recording.event_locked("heart_rate", "phase", before_s=60, after_s=60, baseline=False)
    assert set(both.events) == {2}
    assert np.allclose(both["mean"], 70.5)


def test_lagged_correlation_with_its_null(recording: physiomon.Recording) -> None:
    found = recording.lagged_correlation("core_temperature", "heart_rate", longest_s=100)
    assert found.lag_s.tolist() == [10.0 * n for n in range(-10, 11)]
    assert found.r.abs().max() == pytest.approx(abs(found.attrs["peak_r"]))
    assert 1 / (1 + found.attrs["shifts"]) <= found.attrs["p_value"] <= 1
    low, high = found.attrs["band"]
    assert -1 <= low < high <= 1


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda r: r.aligned("pulse"), "is unknown"),
        (lambda r: r.aligned(step_s=0), "not positive"),
        (lambda r: r.event_locked("heart_rate", "applause"), "no valid event 'applause'"),
        (lambda r: r.event_locked("spo2", "dose"), "no values of 'spo2'"),
        (lambda r: r.event_locked("heart_rate", "dose", before_s=0, after_s=0), "around"),
        (lambda r: r.lagged_correlation("spo2", "heart_rate"), "no values"),
        (lambda r: r.lagged_correlation("core_temperature", "heart_rate"), "too short"),
    ],
)
def test_what_is_not_possible_is_one_sentence(
    recording: physiomon.Recording, ask: "object", answer: str
) -> None:
    assert callable(ask)
    with pytest.raises(physiomon.PhysiomonError, match=answer) as error:
        ask(recording)
    assert "\n" not in str(error.value)
