"""XDF: read back by pyxdf with equal values and stamps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf

from monitor.exports.event_text import annotations
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import SessionExport, select
from monitor.exports.xdf import write_xdf
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import record
from tests.exports.conftest import Select
from tests.exports.ecg_recording import RATE_HZ, record_ecg


def streams(export: SessionExport, folder: Path, **options: Any) -> dict[str, Any]:
    ((name, content),) = write_xdf(export)
    (folder / name).write_bytes(content)
    found, _ = pyxdf.load_xdf(folder / name, **options)
    return {stream["info"]["name"][0]: stream for stream in found}


@pytest.mark.parametrize("dejitter", [True, False])
def test_values_and_time_stamps_are_equal(selected: Select, tmp_path: Path, dejitter: bool) -> None:
    export = selected(all_qualities=True)
    found = streams(export, tmp_path, dejitter_timestamps=dejitter)
    expected = {channel for channel in export.readings if "rr_interval" not in channel}
    assert found.keys() == expected | {"strap/rr_interval", "events"}
    for channel in expected:
        series, stream = export.readings[channel], found[channel]
        np.testing.assert_array_equal(stream["time_stamps"], export.seconds(series.at_ns))
        np.testing.assert_array_equal(stream["time_series"][:, 0], series.values)
        np.testing.assert_array_equal(stream["time_series"][:, 1], series.quality)
        assert stream["info"]["type"] == [series.signal.name]
        (channels,) = stream["info"]["desc"][0]["channels"]
        assert channels["channel"][0]["label"] == [series.signal.name]
        assert channels["channel"][0]["unit"] == [series.signal.unit]
    beats = export.beats["strap/rr_interval"]
    np.testing.assert_array_equal(found["strap/rr_interval"]["time_series"][:, 0], beats.rr_ms)
    np.testing.assert_array_equal(found["strap/rr_interval"]["time_series"][:, 2], beats.follows)


def test_events_are_a_marker_stream(selected: Select, tmp_path: Path) -> None:
    export = selected(notes=True)
    stream = streams(export, tmp_path)["events"]
    expected = annotations(export)
    assert [row[0] for row in stream["time_series"]] == [each.text for each in expected]
    assert stream["time_stamps"].tolist() == [export.second(each.at_ns) for each in expected]
    assert any("寒い" in row[0] for row in stream["time_series"])
    assert stream["footer"]["info"]["sample_count"] == [str(len(expected))]


def test_each_stream_states_its_origin(tmp_path: Path) -> None:
    with Journal.read(record(tmp_path / "v.journal", virtual=True)) as journal:
        export = select(read_recording(journal), ExportOptions())
    for stream in streams(export, tmp_path).values():
        (provenance,) = stream["info"]["desc"][0]["provenance"]
        assert {name: value[0] for name, value in provenance.items()} == {
            name: str(value) for name, value in export.provenance().items()
        }
        assert stream["info"]["desc"][0]["origin"][0].startswith("SIMULATED, not of a person")


def test_ecg_stream_has_equal_samples_and_time_stamps(tmp_path: Path) -> None:
    with Journal.read(record_ecg(tmp_path / "ecg.journal")) as journal:
        export = select(read_recording(journal), ExportOptions())
    stream = streams(export, tmp_path, dejitter_timestamps=False)["strap/ecg"]
    np.testing.assert_array_equal(stream["time_series"][:, 0], export.ecg["strap"].uv)
    np.testing.assert_array_equal(stream["time_stamps"], export.seconds(export.ecg["strap"].at_ns))
    assert stream["info"]["nominal_srate"] == [str(RATE_HZ)]


def test_absolute_time_stamps_are_unix_time(selected: Select, tmp_path: Path) -> None:
    export = selected(absolute=True, signals=("heart_rate",))
    stamps = streams(export, tmp_path)["strap2/heart_rate"]["time_stamps"]
    assert stamps[0] == export.readings["strap2/heart_rate"].at_ns[0] / 1e9
