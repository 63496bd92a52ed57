"""Recordings as data frames of pandas and tables of Arrow."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import physiomon
from monitor.analysis.hrv_table import hrv_rows
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import DOSE_S, LAST_S, NOTE, PERSON, record
from tests.engine.scripted_session import START_NS


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("rich") / "rich.journal")


@pytest.fixture
def recording(path: Path) -> Iterator[physiomon.Recording]:
    with physiomon.open(path) as opened:
        yield opened


def test_readings_equal_the_journal(path: Path, recording: physiomon.Recording) -> None:
    found = recording.readings("heart_rate", sensor="strap2")
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT at_ns, value FROM readings WHERE channel = 'strap2/heart_rate' AND quality = 0"
        ).fetchall()
    database.close()
    assert found.time.astype("int64").tolist() == [at_ns for at_ns, _ in rows]
    assert found.value.tolist() == [value for _, value in rows]
    assert found.time_s.tolist() == [(at_ns - START_NS) / 1e9 for at_ns, _ in rows]
    assert found.time.dtype == "datetime64[ns, UTC]"
    assert found.attrs["units"] == {"time_s": "s"}
    assert found.attrs["provenance"] == {
        name: recording.metadata()[name] for name in found.attrs["provenance"]
    }


def test_two_sensors_of_one_signal_are_two_channels(recording: physiomon.Recording) -> None:
    found = recording.readings("heart_rate")
    assert set(found.channel) == {"strap/heart_rate", "strap2/heart_rate"}
    assert set(found.unit) == {"/min"}


def test_doubtful_and_missing_values_are_marked(recording: physiomon.Recording) -> None:
    good = recording.readings("core_temperature")
    every = recording.readings("core_temperature", quality="all")
    assert set(good.quality) == {"good"}
    assert not good.value.isna().any()
    assert {"no_value", "settling"} <= set(every.quality)
    assert every.value[every.quality == "no_value"].isna().all()
    assert recording.readings("diastolic").empty
    assert recording.readings("diastolic", quality="all").quality.tolist() == ["invalid"]


def test_unrecorded_signal_yields_an_empty_table(
    recording: physiomon.Recording,
) -> None:
    found = recording.readings("spo2")
    assert found.empty
    assert "value" in found.columns
    assert recording.ecg().empty


def test_arrow_has_the_same_rows(recording: physiomon.Recording) -> None:
    for name in ("readings", "beats", "events", "alarms", "sensors", "statistics", "ecg"):
        frame = getattr(recording, name)()
        table = getattr(recording, name)(arrow=True)
        assert table.column_names == list(frame.columns)
        assert table.num_rows == len(frame)
    np.testing.assert_array_equal(
        recording.readings(arrow=True)["value"].to_numpy(), recording.readings().value
    )


def test_seconds_count_from_the_dose(path: Path) -> None:
    with physiomon.open(path, zero="dose") as recording:
        events = recording.events()
    dose = events[(events.kind == "marker") & (events.name == "dose")]
    assert dose.time_s.tolist() == [0.0]
    assert events.time_s.min() == pytest.approx(-DOSE_S, abs=1e-6)


def test_names_and_notes_are_included_only_on_request(path: Path) -> None:
    with physiomon.open(path) as recording:
        shy = repr([recording.events().to_dict(), recording.metadata(), recording.alarms()])
        assert PERSON not in shy
        assert NOTE not in shy
    with physiomon.open(path, names=True, notes=True) as recording:
        events = recording.events()
        assert NOTE in set(events.text)
        assert set(events.by[events.kind == "marker"]) == {PERSON}
        assert recording.metadata()["room"] == "Room 7"
        assert "acknowledged_by" in recording.alarms()


def test_metadata_describes_the_session(recording: physiomon.Recording) -> None:
    found = recording.metadata()
    assert found["participant"] == "P01"
    assert found["duration_s"] == pytest.approx(LAST_S, abs=1)
    assert (found["ended"], found["simulated"], found["drug"]) == (True, False, "MDMA")
    assert found["began"] == "2023-11-14T22:13:20Z"
    assert repr(recording).startswith("<physiomon.Recording P01-")


def test_statistics_and_beats_are_available(recording: physiomon.Recording) -> None:
    statistics = recording.statistics()
    assert {"mean", "median", "rmssd"} <= set(statistics.statistic)
    beats = recording.beats(sensor="strap")
    assert set(beats.channel) == {"strap/rr_interval"}
    assert not beats.follows[0]
    assert beats.rr_ms.between(300, 1000).all()


def test_recording_can_be_read_while_being_recorded(tmp_path: Path) -> None:
    live = record(tmp_path / "live.journal", ended=False)
    with Journal.write(live), physiomon.open(live) as recording:
        assert not recording.metadata()["ended"]
        assert len(recording.readings("heart_rate")) > 1000


def test_collection_yields_one_table(tmp_path: Path) -> None:
    record(tmp_path / "a.journal", participant="P01")
    record(tmp_path / "b.journal", participant="P02", virtual=True)
    recordings = physiomon.open_all(tmp_path)
    assert len(recordings) == 2
    found = recordings.readings("heart_rate")
    counts = found.groupby("participant").size().to_dict()
    assert counts.keys() == {"P01", "P02"}
    assert counts["P01"] == counts["P02"] > 1000
    assert found.groupby("participant").simulated.first().to_dict() == {"P01": False, "P02": True}
    metadata = recordings.metadata().set_index("participant")
    assert metadata.simulated.to_dict() == {"P01": False, "P02": True}
    for name in ("beats", "events", "alarms", "sensors", "statistics"):
        assert set(getattr(recordings, name)().participant) == {"P01", "P02"}
    assert isinstance(found.time.iloc[0], pd.Timestamp)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is not a journal: it is empty"), (b"text" * 100, "is not a journal")],
)
def test_file_that_is_not_a_journal_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "x.journal").write_bytes(content)
    with pytest.raises(physiomon.PhysiomonError, match=rf"x\.journal {sentence}"):
        physiomon.open(tmp_path / "x.journal")


def test_unknown_names_are_refused(path: Path, recording: physiomon.Recording) -> None:
    with pytest.raises(physiomon.PhysiomonError, match="signal 'hr' is unknown; use heart_rate"):
        recording.readings("hr")
    with pytest.raises(physiomon.PhysiomonError, match="quality='best' is unknown"):
        recording.readings("heart_rate", quality="best")
    with pytest.raises(physiomon.PhysiomonError, match="zero='birth' is unknown"):
        physiomon.open(path, zero="birth")


def test_missing_pandas_error_names_the_install_command(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with physiomon.open(path) as recording:
        for arrow in (False, True):
            command = r"pip install 'physiomon\[export\]'"
            with pytest.raises(physiomon.PhysiomonError, match=command):
                recording.events(arrow=arrow)


def test_import_loads_no_optional_package_and_keeps_builtin_open() -> None:
    code = "import physiomon, sys; print(sorted({'pandas', 'pyarrow'} & set(sys.modules)), open)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] <built-in function open>\n"


def test_variability_is_that_of_the_command(path: Path, recording: physiomon.Recording) -> None:
    found = recording.hrv(120.0)
    with Journal.read(path) as journal:
        rows = hrv_rows(read_recording(journal), 120.0)
    assert len(found) == len(rows) > 2
    assert found.rmssd.isna().tolist() == [row.time is None for row in rows]
    assert found.mean_hr.dropna().tolist() == [row.time.mean_hr for row in rows if row.time]
    assert found.begin_s.tolist() == [(row.begin_ns - START_NS) / 1e9 for row in rows]
    assert found.attrs["units"]["lf"] == "ms2"
    assert recording.hrv(arrow=True).num_rows == len(recording.hrv())
    # Names of phases are typed by people.
    assert set(found.phase) <= {"start", "dose", "supplement", "phase"}
    with physiomon.open(path, notes=True) as noted:
        assert set(noted.hrv(120.0).phase) == {row.phase for row in rows}
    with pytest.raises(physiomon.PhysiomonError, match="shorter than 60 s"):
        recording.hrv(30.0)
