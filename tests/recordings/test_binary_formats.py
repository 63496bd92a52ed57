"""Binary files give the same samples as other readers or a converted copy."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyedflib
import pytest
import pyxdf

from devices.recordings.channel_names import signal_of
from devices.recordings.merge import merge
from devices.recordings.reader import read_file
from devices.recordings.recorded_file import RecordingFileError, UnknownFormatError
from tests.recordings import files

DATA = Path(__file__).parents[1] / "data"


def test_fit_equals_its_converted_copy() -> None:
    fit, table = read_file(DATA / "ride_indoor.fit"), read_file(DATA / "ride_indoor.csv")
    assert fit.device == "garmin edge800"
    assert str(fit.start) == "2011-11-02 12:54:19+00:00"
    assert fit.series.keys() == table.series.keys()
    for name, series in fit.series.items():
        assert (series.times_s == table.series[name].times_s).all()
        assert (series.values == table.series[name].values).all()


def test_fit_intervals_have_the_times_of_their_records(tmp_path: Path) -> None:
    """A hand-made FIT file: two records and the hrv message between them."""
    file = read_file(files.write(tmp_path, files.fit([(0, 70), (2, 72)], {1: [0.838, 0.868]})))
    series = file.series["rr_interval"]
    assert series.values == pytest.approx([838, 868])
    assert (series.times_s == [0, 0]).all()
    assert (file.series["heart_rate"].times_s == [0, 2]).all()


def test_tcx(tmp_path: Path) -> None:
    file = read_file(files.write(tmp_path, files.TCX))
    assert (file.device, file.start) == ("Edge 530", files.START)
    assert (file.series["heart_rate"].times_s == [0, 2.5]).all()
    assert (file.series["heart_rate"].values == [72, 74]).all()


def test_tcx_with_entities_is_refused(tmp_path: Path) -> None:
    text = '<!DOCTYPE x [<!ENTITY a "b">]>' + files.TCX.partition("?>\n")[2]
    with pytest.raises(RecordingFileError, match="document type"):
        read_file(files.write(tmp_path, text))


def test_edf_equals_another_reader(tmp_path: Path) -> None:
    rates, warm = [60.0 + n for n in range(20)], [30.0 + n / 10 for n in range(10)]
    path = files.write(
        tmp_path,
        files.edf(
            [
                ("HR", "bpm", 1, rates),
                ("Temp skin", "degC", 0.5, warm),
                ("ECG II", "uV", 10, [0.0] * 200),
            ],
            {3.0: "dose", 4.5: "begins"},
        ),
        "file.edf",
    )
    file = read_file(path)
    with pyedflib.EdfReader(str(path)) as other:
        assert file.series["heart_rate"].values == pytest.approx(other.readSignal(0))
        assert file.series["skin_temperature"].values == pytest.approx(other.readSignal(1))
        assert file.start == other.getStartdatetime()
    assert (file.series["skin_temperature"].times_s == np.arange(0, 20, 2)).all()
    assert [(event.at_s, event.text) for event in file.events] == [(3, "dose"), (4.5, "begins")]
    assert file.notes == ("not imported: ECG II (uV)",)


def test_discontinuous_edf_is_refused(tmp_path: Path) -> None:
    data = bytearray(files.edf([("HR", "bpm", 1, [60.0] * 20)], {1.0: "x"}))
    assert data[192:197] == b"EDF+C"
    data[196:197] = b"D"
    with pytest.raises(RecordingFileError, match="EDF\\+D"):
        read_file(files.write(tmp_path, bytes(data)))


def test_xdf_equals_another_reader(tmp_path: Path) -> None:
    data = files.xdf(
        [
            (
                "strap",
                "vitals",
                [("strap/heart_rate", "/min"), ("strap/rr_interval", "s")],
                [100.0, 101.0, 102.5],
                [[60, 1.0], [61, 0.9], [62, np.nan]],
            ),
            ("amplifier", "EEG", [("Cz", "uV")], [100.0], [[1.0]]),
        ],
        [(101.5, "dose")],
    )
    file = read_file(files.write(tmp_path, data))
    streams: list[dict[str, Any]] = pyxdf.load_xdf(io.BytesIO(data))[0]
    table = next(each for each in streams if each["info"]["name"] == ["strap"])["time_series"]
    assert (file.series["heart_rate"].values == table[:, 0]).all()
    assert (file.series["rr_interval"].values == table[:2, 1] * 1000).all()
    assert file.series["heart_rate"].times_s == pytest.approx([0, 1, 2.5])
    assert [(round(event.at_s, 9), event.text) for event in file.events] == [(1.5, "dose")]
    assert file.start == files.START
    assert file.notes == ("not imported: amplifier: Cz",)


def test_xdf_of_an_interrupted_recording_is_noted(tmp_path: Path) -> None:
    data = files.xdf([("HR", "HR", [], [1.0, 2.0], [[60.0], [61.0]])], [], footers=False)
    file = read_file(files.write(tmp_path, data))
    assert (file.series["heart_rate"].values == [60, 61]).all()
    assert file.notes == ("the recording was interrupted: its end is missing",)


def test_embraceplus_avro(tmp_path: Path) -> None:
    data = files.avro([0.5, 1.3, 2.15, 9.0, 9.8], [32.1, 32.2, 32.3], [1.0])
    file = read_file(files.write(tmp_path, data))
    assert (file.device, file.start) == ("EmbracePlus 3YK00000", files.START)
    beats = file.series["rr_interval"]
    assert beats.values == pytest.approx([800, 850, 800])  # 6.85 s is a gap, not an interval
    assert beats.times_s == pytest.approx([1.3, 2.15, 9.8])
    warm = file.series["skin_temperature"]
    assert warm.values == pytest.approx([32.1, 32.2, 32.3])
    assert warm.times_s == pytest.approx([0, 1, 2])
    assert [event.at_s for event in file.events] == pytest.approx([1.0])


def test_recordings_of_several_files_are_joined_in_time_order(tmp_path: Path) -> None:
    later = files.START + timedelta(minutes=15)
    first = read_file(files.write(tmp_path, files.avro([0, 0.8], [32.1], []), "2"))
    second = read_file(files.write(tmp_path, files.avro([0, 0.9], [32.2], [], later), "1"))
    merged = merge([second, first], None)
    assert merged.start == files.START
    assert merged.series["rr_interval"].times_s == pytest.approx([0.8, 900.9])
    with pytest.raises(RecordingFileError, match="both contain skin temperature at the same time"):
        merge([first, first, second], None)


@pytest.mark.parametrize(
    "data",
    [
        files.edf([("ECG II", "uV", 10, [0.0] * 200)], {}),
        files.edf([("HR", "Hz", 1, [1.0] * 20)], {}),
        files.xdf([("amplifier", "EEG", [("Cz", "uV")], [100.0], [[1.0]])], []),
    ],
)
def test_files_without_known_signals_are_refused_with_their_content(
    tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(UnknownFormatError, match=r"ECG II|HR \(Hz\)|amplifier: Cz"):
        read_file(files.write(tmp_path, data))


def test_labels_are_mapped_to_signals() -> None:
    found = {
        "HR": "heart_rate",
        "Heart Rate": "heart_rate",
        "strap/rr_interval": "rr_interval",
        "SaO2 finger": "spo2",
        "ambient_temperat": "ambient_temperature",
        "core_temperature": "core_temperature",
        "Temperature": None,
        "EEG Fpz-Cz": None,
    }
    assert {label: signal_of(label) for label in found} == found
