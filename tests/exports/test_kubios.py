"""RR intervals as text: read back by NumPy and evaluated by NeuroKit2."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.errors import ConfigError
from monitor.exports.kubios import write_kubios
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import select
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import record
from tests.exports.conftest import Select


def test_intervals_and_times_are_equal(selected: Select, tmp_path: Path) -> None:
    export = selected()
    for name, content in write_kubios(export):
        (tmp_path / name).write_bytes(content)
    assert {path.name for path in tmp_path.iterdir()} == {"rr-strap.txt", "rr-times-strap.txt"}
    beats = export.beats["strap/rr_interval"].good()
    intervals = np.loadtxt(tmp_path / "rr-strap.txt")
    timed = np.loadtxt(tmp_path / "rr-times-strap.txt")
    np.testing.assert_array_equal(intervals, beats.rr_ms)
    np.testing.assert_array_equal(timed[:, 1], beats.rr_ms)
    np.testing.assert_allclose(timed[:, 0], export.seconds(beats.at_ns), atol=1e-9)


@pytest.mark.extended
@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")  # of SDANN: too short
def test_neurokit_computes_equal_variability(
    neurokit: Any, selected: Select, tmp_path: Path
) -> None:
    export = selected()
    content = dict(write_kubios(export))["rr-times-strap.txt"]
    (tmp_path / "rr.txt").write_bytes(content)
    times, rr = np.loadtxt(tmp_path / "rr.txt", unpack=True)
    found = neurokit.hrv_time({"RRI": rr, "RRI_Time": times})
    beats = export.beats["strap/rr_interval"].good()
    adjacent = beats.follows[1:]
    rmssd = np.sqrt(np.mean(np.diff(beats.rr_ms)[adjacent] ** 2))
    assert found["HRV_RMSSD"].item() == pytest.approx(rmssd, rel=1e-3)
    assert found["HRV_SDNN"].item() == pytest.approx(np.std(beats.rr_ms, ddof=1), rel=1e-9)


def test_comments_state_origin_and_gaps(selected: Select) -> None:
    export = selected()
    lines = dict(write_kubios(export))["rr-strap.txt"].decode().splitlines()
    comments = [line for line in lines if line.startswith("# ")]
    assert lines[: len(comments)] == comments
    assert export.session.journal_hash in comments[0]
    gaps = np.flatnonzero(~export.beats["strap/rr_interval"].good().follows[1:])
    assert comments[2].startswith(f"# {len(gaps)} gaps, at the beats ")
    assert len(gaps) >= 1


def test_session_without_intervals_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with Journal.read(record(tmp_path / "a.journal")) as journal:
        export = select(read_recording(journal), ExportOptions(signals=("core_temperature",)))
    with pytest.raises(ConfigError, match=r"recording [0-9a-f]{8} of P01 has no RR intervals"):
        list(write_kubios(export))


def test_simulated_session_is_marked(tmp_path: Path) -> None:
    with Journal.read(record(tmp_path / "v.journal", virtual=True)) as journal:
        export = select(read_recording(journal), ExportOptions())
    for _, content in write_kubios(export):
        assert content.startswith(b"# SIMULATED, not of a person")
