"""EDF+: read back by pyedflib and MNE with equal values; gaps are annotations, never EDF+D."""

from dataclasses import replace
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pytest

from devices.recordings import edf
from monitor.exports.csv_files import seconds
from monitor.exports.edf import write_edf
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import SessionExport, select
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import GAP_S, record
from tests.exports.conftest import Select
from tests.exports.ecg_recording import GAP, RATE_HZ, record_ecg

pyedflib = pytest.importorskip("pyedflib")  # no wheel for every platform


def write(export: SessionExport, folder: Path) -> dict[str, Path]:
    found = {}
    for name, content in write_edf(export):
        found[name] = folder / name
        found[name].write_bytes(content)
    return found


def test_pyedflib_reads_equal_values(selected: Select, tmp_path: Path) -> None:
    export = selected()
    table = seconds(export)
    with pyedflib.EdfReader(str(write(export, tmp_path)["session.edf"])) as reader:
        assert reader.filetype == pyedflib.FILETYPE_EDFPLUS
        labels = reader.getSignalLabels()
        assert labels == ["strap/HR", "strap2/HR", "Temp core"]
        units = [reader.getPhysicalDimension(n) for n in range(3)]
        assert units == ["/min", "/min", "degC"]
        for number, name in enumerate(
            ("strap_heart_rate", "strap2_heart_rate", "patch_core_temperature")
        ):
            expected = np.asarray(table.data[name])
            values = reader.readSignal(number)[: len(expected)]
            low = reader.getPhysicalMinimum(number)
            missing = np.isnan(expected)
            np.testing.assert_allclose(values[~missing], expected[~missing], atol=1e-9)
            np.testing.assert_allclose(values[missing], low, atol=1e-9)
            assert reader.getSampleFrequency(number) == 1.0
        onsets, durations, texts = reader.readAnnotations()
    found = list(zip(onsets, durations, texts, strict=True))
    gaps = [(at, span) for at, span, text in found if text == "gap strap/heart_rate"]
    assert (GAP_S[0] + 9, GAP_S[1] - GAP_S[0] - 9) in gaps
    assert any(text == "dose 120 mg: MDMA" and abs(at - 120) < 1e-3 for at, _, text in found)
    nausea = next(each for each in found if each[2].startswith("adverse-event nausea"))
    assert nausea[:2] == (230, 260)
    assert not any("headache" in text or "122" in text for _, _, text in found)


def test_mne_reads_equal_values_and_the_origin(selected: Select, tmp_path: Path) -> None:
    export = selected(signals=("heart_rate",))
    path = write(export, tmp_path)["session.edf"]
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    assert raw.info["sfreq"] == 1.0
    expected = np.asarray(seconds(export).data["strap2_heart_rate"])
    known = ~np.isnan(expected)
    values = raw.get_data(["strap2/HR"])[0, : len(expected)]
    np.testing.assert_allclose(values[known], expected[known], atol=1e-9)
    origin = raw.annotations.description[0]
    assert export.session.journal_hash in origin
    assert export.session.policy_digest in origin


@pytest.mark.parametrize("length_s", [12_345, 28_801, 59_385, 86_397])
def test_sessions_of_any_length_are_exported(
    selected: Select, tmp_path: Path, length_s: int
) -> None:
    """Rounding errors of long sessions made signals and annotations unequally long."""
    export = selected()
    began_ns = export.session.began_ns
    session = replace(export.session, ended_ns=began_ns + length_s * 10**9)
    path = write(replace(export, session=session), tmp_path)["session.edf"]
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert length_s <= raw.n_times <= length_s + 10


def test_start_date_is_a_placeholder_unless_times_are_absolute(
    selected: Select, tmp_path: Path
) -> None:
    path = write(selected(signals=("heart_rate",)), tmp_path)["session.edf"]
    with pyedflib.EdfReader(str(path)) as reader:
        assert reader.getStartdatetime() == pd.Timestamp("1985-01-01 00:00:00")
        assert reader.getPatientCode() == "P01"
        assert reader.getPatientName() in ("", "X")
    path = write(selected(signals=("heart_rate",), absolute=True), tmp_path)["session.edf"]
    with pyedflib.EdfReader(str(path)) as reader:
        assert reader.getStartdatetime() == pd.Timestamp("2023-11-14 22:13:20")


def test_simulated_session_is_marked(tmp_path: Path) -> None:
    with Journal.read(record(tmp_path / "v.journal", virtual=True)) as journal:
        export = select(read_recording(journal), ExportOptions())
    with pyedflib.EdfReader(str(write(export, tmp_path)["session.edf"])) as reader:
        assert "SIMULATED" in reader.getRecordingAdditional()
        assert reader.readAnnotations()[2][0].startswith("SIMULATED, not of a person")


def test_ecg_is_a_separate_file_with_a_gap_annotation(tmp_path: Path) -> None:
    with Journal.read(record_ecg(tmp_path / "ecg.journal")) as journal:
        export = select(read_recording(journal), ExportOptions())
    ecg = export.ecg["strap"]
    assert len(ecg.at_ns) > 1000
    path = write(export, tmp_path)["ecg-strap.edf"]
    with pyedflib.EdfReader(str(path)) as reader:
        rate_hz = reader.getSampleFrequency(0)
        values = reader.readSignal(0)
        onsets, durations, texts = reader.readAnnotations()
    assert rate_hz == pytest.approx(RATE_HZ, rel=1e-3)
    kept = values[values > -32_768]
    np.testing.assert_allclose(kept, ecg.uv, atol=1e-6)
    gap = next(n for n, text in enumerate(texts) if text == "gap strap/ecg")
    assert durations[gap] == pytest.approx(GAP / RATE_HZ, abs=0.02)
    before = int((~ecg.follows[1:]).argmax()) + 1
    assert onsets[gap] == pytest.approx(before / RATE_HZ, abs=0.02)
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    np.testing.assert_allclose(raw.get_data()[0, :100] * 1e6, ecg.uv[:100], atol=1e-6)


@pytest.mark.parametrize("hours", [1, 3])
@pytest.mark.parametrize("ppm", [0, 37, -211])
def test_ecg_of_hours_is_exported(tmp_path: Path, hours: int, ppm: int) -> None:
    with Journal.read(record_ecg(tmp_path / "ecg.journal")) as journal:
        export = select(read_recording(journal), ExportOptions())
    ecg = export.ecg["strap"]
    number = np.arange(hours * 3600 * RATE_HZ)
    rate_hz = RATE_HZ * (1 + ppm * 1e-6)
    long = replace(
        ecg,
        at_ns=ecg.at_ns[0] + np.rint(number / rate_hz * 1e9).astype(np.int64),
        uv=(number % 4001 - 2000).astype(float),
        follows=number > 0,
    )
    path = write(replace(export, ecg={"strap": long}), tmp_path)["ecg-strap.edf"]
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert raw.n_times / raw.info["sfreq"] == pytest.approx(hours * 3600, abs=20)
    lasts_s = raw.times[len(number) - 1] - number[-1] / rate_hz
    assert abs(lasts_s) < 0.01  # the rate of the file is that of the sensor
    last = raw.get_data(start=len(number) - 5, stop=len(number))[0] * 1e6
    np.testing.assert_allclose(last, long.uv[-5:], atol=1e-6)


def test_physiomon_imports_it_again(selected: Select, tmp_path: Path) -> None:
    path = write(selected(signals=("heart_rate",)), tmp_path)["session.edf"]
    read = edf.read(path, path.read_bytes())
    assert read.start is None
    expected = np.asarray(seconds(selected()).data["strap_heart_rate"])
    known = ~np.isnan(expected)
    np.testing.assert_allclose(read.series["heart_rate"].values, expected[known], atol=1e-9)
    assert list(read.series["heart_rate"].times_s) == np.flatnonzero(known).tolist()
    assert any(event.text == "dose 120 mg: MDMA" for event in read.events)
