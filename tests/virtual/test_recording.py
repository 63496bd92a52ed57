"""Recordings of other devices, played by virtual sensors."""

from pathlib import Path

import pytest

from devices.recordings.recorded_file import RecordingFileError
from devices.virtual.recording import read_recording
from devices.virtual.shared_radio import SharedRadio
from monitor.service.demo_room import recorded
from tests.recordings import files

DATA = Path(__file__).parents[1] / "data"


def test_a_table_keeps_its_samples_and_times() -> None:
    recording = read_recording(DATA / "ride_indoor.csv")
    lines = [line.split(",") for line in (DATA / "ride_indoor.csv").read_text().split()[1:]]
    assert [(each.at_s, each.rate) for each in recording.heart()] == [
        (float(at_s), int(rate)) for at_s, rate, _ in lines
    ]
    warm = recording.temperatures["ambient_temperature"].temperature(1.0)
    assert [each.celsius for each in warm] == [float(t) for _, _, t in lines if t]
    assert recording.duration_s == float(lines[-1][0])


def test_a_fit_file_plays_like_its_converted_twin() -> None:
    fit, table = (read_recording(DATA / f"ride_indoor.{name}") for name in ("fit", "csv"))
    assert fit == table


def test_intervals_are_sent_at_their_beats() -> None:
    recording = read_recording(DATA / "e4_IBI.csv")
    rows = [line.split(",") for line in (DATA / "e4_IBI.csv").read_text().split("\n")[1:] if line]
    assert [each.at_s for each in recording.hearts] == [float(at_s) for at_s, _ in rows]
    assert [each.rr for each in recording.hearts] == [
        (round(float(interval_s) * 1024),) for _, interval_s in rows
    ]


def test_a_folder_plays_on_one_clock(tmp_path: Path) -> None:
    for name in ("HR", "TEMP"):
        files.write(tmp_path, (DATA / f"e4_{name}.csv").read_bytes(), f"{name}.csv")
    recording = read_recording(tmp_path)
    assert recording.hearts[0].at_s == 10  # HR.csv begins ten seconds after TEMP.csv
    assert recording.temperatures["skin_temperature"].samples[0].at_s == 0


def test_each_temperature_has_its_thermometer(tmp_path: Path) -> None:
    signals = [
        ("Temp core", "degC", 0.5, [37.1, 37.2]),
        ("Temp skin", "degC", 0.5, [32.1, 32.2]),
        ("Temp room", "degC", 0.5, [21.1, 21.2]),
    ]
    recording = read_recording(files.write(tmp_path, files.edf(signals, {})))
    place = recorded(SharedRadio(), 1, recording)
    assert [(each.label, each.kind) for each in place.sensors] == [
        ("patch", "core-patch"),
        ("skin", "skin-thermometer"),
        ("room", "room-thermometer"),
    ]
    assert len({each.address for each in place.sensors}) == 3


def test_a_recording_that_no_sensor_can_play_is_refused(tmp_path: Path) -> None:
    path = files.write(tmp_path, files.edf([("SaO2", "%", 1.0, [97.0] * 4)], {}))
    with pytest.raises(RecordingFileError, match="neither a heart rate nor a temperature"):
        read_recording(path)
