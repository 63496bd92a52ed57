"""An imported file becomes a session like any other: its facts are the samples of the file."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physiomon
from devices.errors import PhysiomonError
from devices.packets import Quality
from devices.recordings.recorded_file import RecordedFile
from monitor.analysis.replay import verify
from monitor.analysis.session_data import read_session_data
from monitor.commands.import_recording import Import, run_import
from monitor.commands.journal import describe
from monitor.core.session_spec import SessionSpec
from monitor.entries import Entry
from monitor.errors import RecordingError
from monitor.reports.session_page import session_document
from monitor.reports.texts import Disclosure
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.recordings import files

DATA = Path(__file__).parents[1] / "data"
START_NS = round(files.START.timestamp()) * 10**9

Importer = Callable[..., dict[str, Any]]


@pytest.fixture
def imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Importer:
    """Return a function that imports files and returns the output."""

    def run(*paths: Path, **options: Any) -> dict[str, Any]:
        given: dict[str, Any] = {
            "participant": "P07",
            "policy": "exercise",
            "start": None,
            "timezone": None,
            "events": "note",
            "journal_dir": tmp_path / "journals",
            "as_json": True,
        }
        run_import(Import(files=list(paths), **{**given, **options}))
        printed: dict[str, Any] = json.loads(capsys.readouterr().out)
        return printed

    return run


def readings(
    path: str, channel: str, qualities: tuple[Quality, ...] = (Quality.GOOD,)
) -> tuple[Any, Any]:
    """Return times since the start in seconds, and values, of the readings of a channel."""
    with Journal.read(Path(path)) as journal:
        rows = [row for row in journal.facts_of_kind("reading") if row.subject == channel]
        began_ns = next(journal.entries()).received_ns
    bodies = [json.loads(row.payload) for row in rows]
    assert {body["quality"] for body in bodies} <= {*qualities}
    times_s = np.array([(row.at_ns - began_ns) / 1e9 for row in rows])
    return times_s, np.array([body["value"] for body in bodies])


def spec_of(path: str) -> SessionSpec:
    with Journal.read(Path(path)) as journal:
        return SessionSpec.from_body(next(journal.entries()).body())


def test_fit_ride_is_imported(imported: Importer) -> None:
    printed = imported(DATA / "ride_indoor.fit")
    times_s, values = readings(printed["journal"], "heart/heart_rate")
    table = np.genfromtxt(DATA / "ride_indoor.csv", delimiter=",", skip_header=1)
    assert (values == table[:, 1]).all()
    assert times_s == pytest.approx(table[:, 0], abs=1e-6)
    _, warm = readings(printed["journal"], "room/ambient_temperature")
    assert (warm == table[~np.isnan(table[:, 2]), 2]).all()
    assert printed["started"] == "2011-11-02T12:54:19.000+00:00"
    spec = spec_of(printed["journal"])
    assert (spec.participant, spec.policy.name, spec.virtual) == ("P07", "exercise", False)
    assert spec.imported is not None
    assert spec.imported.files[0].name == "ride_indoor.fit"
    assert spec.imported.files[0].sha256.startswith("1ec64427b0fe")


def test_e4_folder_is_imported(imported: Importer, tmp_path: Path) -> None:
    folder = tmp_path / "e4"
    folder.mkdir()
    for name in ("HR", "IBI", "TEMP"):
        files.write(folder, (DATA / f"e4_{name}.csv").read_bytes(), f"{name}.csv")
    files.write(folder, "1560279825.0\n4.0\n0.218000\n", "EDA.csv")
    printed = imported(folder, policy="resting-adult")
    rates = np.loadtxt(DATA / "e4_HR.csv")[2:]
    # Averages over 10 s differ from the rate of the last intervals, which the engine checks.
    rough = (Quality.GOOD, Quality.QUESTIONABLE)
    times_s, values = readings(printed["journal"], "heart/heart_rate", rough)
    assert (values[:30] == np.round(rates[:30])).all()
    assert times_s[:3] == pytest.approx([10, 11, 12], abs=1e-6)  # HR.csv begins 10 s later
    warm_s, warm = readings(printed["journal"], "skin/skin_temperature")
    assert warm == pytest.approx(np.loadtxt(DATA / "e4_TEMP.csv")[2:])
    assert warm_s[:3] == pytest.approx([0, 0.25, 0.5], abs=1e-6)
    beats = np.loadtxt(DATA / "e4_IBI.csv", delimiter=",", skiprows=1)[:, 1]
    with sqlite3.connect(printed["journal"]) as db:
        query = "SELECT count(*) FROM facts WHERE kind='reading' AND subject='heart/rr_interval'"
        assert db.execute(query).fetchone() == (len(beats),)
    db.close()
    assert "EDA.csv" in printed["notes"][0]
    with Journal.read(Path(printed["journal"])) as journal:
        assert journal.damage() is None
        verdict = verify(journal)
    assert (verdict.difference, verdict.missing) == (None, 0)


def test_intervals_keep_their_length_and_spacing(imported: Importer, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    intervals = np.round(rng.normal(900, 40, 600))
    path = files.write(tmp_path, "\n".join(map(str, intervals)))
    printed = imported(path, start="2026-03-01T15:00+01:00")
    times_s, values = readings(printed["journal"], "heart/rr_interval")
    assert np.abs(values - intervals).max() <= 500 / 1024  # half of 1/1024 s
    assert np.diff(times_s) == pytest.approx(values[1:] / 1000, abs=0.001)
    assert np.abs(times_s - np.cumsum(intervals) / 1000).max() <= 1.3
    assert printed["started"] == "2026-03-01T14:00:00.000+00:00"
    assert any("derived from the last five intervals" in note for note in printed["notes"])
    _, rates = readings(printed["journal"], "heart/heart_rate")
    expected = [round(60_000 / np.median(intervals[max(0, n - 4) : n + 1])) for n in range(600)]
    assert (rates == expected).all()


def test_beats_are_sent_with_the_recorded_rates(imported: Importer, tmp_path: Path) -> None:
    folder = tmp_path / "polar"
    folder.mkdir()
    files.write(folder, files.POLAR_HR, "a")
    files.write(folder, files.POLAR_RR, "b")
    printed = imported(folder, timezone="Europe/Zurich")
    with Journal.read(Path(printed["journal"])) as journal:
        packets = [
            (entry.received_ns - START_NS, entry.payload.hex())
            for entry in journal.entries()
            if entry.kind == "packet"
        ]
    assert [at_ns // 10**6 for at_ns, _ in packets] == [120, 1130, 2125]
    assert [payload for _, payload in packets] == ["10485a03", "104979037b03", "004a"]


def test_saturation_and_core_temperature_are_imported(imported: Importer, tmp_path: Path) -> None:
    signals = [
        ("SaO2", "%", 1.0, [97.0, 96.0, 95.0, 96.0]),
        ("Pulse", "bpm", 1.0, [60.0, 61.0, 62.0, 63.0]),
        ("Temp core", "degC", 0.5, [37.1, 37.2]),
    ]
    printed = imported(files.write(tmp_path, files.edf(signals, {2.0: "music"})), timezone="UTC")
    assert list(readings(printed["journal"], "oximeter/spo2")[1]) == [97, 96, 95, 96]
    assert list(readings(printed["journal"], "oximeter/pulse_rate")[1]) == [60, 61, 62, 63]
    settling = (Quality.SETTLING,)  # a rule of the policy
    times_s, core = readings(printed["journal"], "core/core_temperature", settling)
    assert core == pytest.approx([37.1, 37.2], abs=0.01)
    assert times_s == pytest.approx([0, 2], abs=1e-6)
    with Journal.read(Path(printed["journal"])) as journal:
        (marker,) = journal.facts_of_kind("marker")
    assert (marker.subject, (marker.at_ns - START_NS) // 1000) == ("note", 2_000_000)
    assert json.loads(marker.payload)["text"] == "music"


def test_events_become_phases_on_request(imported: Importer, tmp_path: Path) -> None:
    data = files.edf([("HR", "bpm", 1, [60.0] * 4)], {2.0: "recovery"})
    printed = imported(files.write(tmp_path, data), events="phase", timezone="UTC")
    with Journal.read(Path(printed["journal"])) as journal:
        assert [row.subject for row in journal.facts_of_kind("marker")] == ["phase"]


def test_local_times_are_those_of_the_time_zone(imported: Importer, tmp_path: Path) -> None:
    path = files.write(tmp_path, files.POLAR_FLOW)
    printed = imported(path, timezone="America/New_York")
    assert printed["started"] == "2026-03-01T20:00:00.000+00:00"
    assert printed["notes"][-1] == "the file has local times: those of America/New_York"
    assert spec_of(printed["journal"]).utc_offset_s == -5 * 3600


def test_gaps_are_kept(imported: Importer, tmp_path: Path) -> None:
    """Ten minutes without values raise the technical alarm of the policy."""
    rows = [*range(300), *range(900, 1200)]
    text = "t_s,heart_rate_bpm,ambient_temperature_c\n" + "".join(
        f"{t},{70 + t % 3},\n" for t in rows
    )
    printed = imported(files.write(tmp_path, text), start="2026-03-01T14:00Z")
    with Journal.read(Path(printed["journal"])) as journal:
        alarms = [json.loads(row.payload) for row in journal.facts_of_kind("alarm")]
    assert [each["rule"] for each in alarms if each["step"] == "raised"] == ["no-hr", "no-hr-long"]


def test_existing_journal_is_never_overwritten(imported: Importer) -> None:
    printed = imported(DATA / "ride_indoor.fit")
    before = Path(printed["journal"]).read_bytes()
    with pytest.raises(PhysiomonError, match="exists already"):
        imported(DATA / "ride_indoor.fit")
    assert Path(printed["journal"]).read_bytes() == before


def test_failed_import_leaves_no_file(
    imported: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_journal: Journal, _entries: list[Entry]) -> None:
        raise RecordingError("the disk is full")

    monkeypatch.setattr(Journal, "append_all", full)
    with pytest.raises(RecordingError):
        imported(DATA / "ride_indoor.fit")
    assert list((tmp_path / "journals").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("ride_indoor.csv", {}, "has no time of day; give its start"),
        ("ride_indoor.csv", {"start": "yesterday"}, "'yesterday' is not a valid time"),
        ("ride_indoor.fit", {"start": "2026-03-01"}, "leave out --start"),
        ("ride_indoor.fit", {"participant": "Jane Doe"}, "'Jane Doe' is not a valid code"),
        ("ride_indoor.fit", {"timezone": "Mars"}, "'Mars' is not a valid time zone"),
        ("ride_indoor.fit", {"policy": "none"}, "none"),
        ("none.fit", {}, "cannot read"),
        ("README.md", {}, "unknown format"),
    ],
)
def test_wrong_usage_is_reported_in_one_sentence(
    imported: Importer, tmp_path: Path, name: str, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(PhysiomonError, match=sentence):
        imported(DATA / name, **options)
    assert not (tmp_path / "journals").exists()


def test_file_without_a_time_is_not_merged_with_others(imported: Importer, tmp_path: Path) -> None:
    path = files.write(tmp_path, "838\n868\n870\n")
    with pytest.raises(PhysiomonError, match="cannot be aligned"):
        imported(DATA / "ride_indoor.fit", path)


def test_start_is_exact_to_the_microsecond(imported: Importer, tmp_path: Path) -> None:
    text = "t_s,heart_rate_bpm,ambient_temperature_c\n0,70,\n1,71,\n"
    path = files.write(tmp_path, text)
    printed = imported(path, start="2026-03-01T14:00:00.123456Z")
    with Journal.read(Path(printed["journal"])) as journal:
        assert next(journal.entries()).received_ns == START_NS + 123_456_000


def test_recording_without_samples_has_zero_duration() -> None:
    recorded = RecordedFile(path=Path("x"), format="FIT", start=datetime(2026, 3, 1, tzinfo=UTC))
    assert recorded.duration_s == 0


def test_report_and_exports_name_the_origin(imported: Importer) -> None:
    printed = imported(DATA / "ride_indoor.fit")
    assert describe(Path(printed["journal"]))["imported"] == {
        "format": "FIT",
        "device": "garmin edge800",
        "files": ["ride_indoor.fit"],
        "notes": ["heart rates are rounded to whole numbers"],
    }
    with physiomon.open(printed["journal"]) as recording:
        assert recording.metadata()["imported"] == "FIT"
    with Journal.read(Path(printed["journal"])) as journal:
        data = read_session_data(read_recording(journal))
    assert data.imported == "FIT garmin edge800"
    document = session_document(data, Disclosure())
    assert any("IMPORTED" in mark for mark in document.marks)
