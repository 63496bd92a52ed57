"""Rows of heart rate variability: windows and phases, blank without sufficient data."""

import json
from pathlib import Path

import numpy as np
import pytest

from devices.errors import PhysiomonError
from devices.packets import Quality
from monitor.analysis.corrected_beats import normal_beats
from monitor.analysis.hrv_table import MEASURES, HrvRow, Phase, hrv_rows, phases_of, windows
from monitor.analysis.recorded_beats import BeatSeries
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.commands.hrv import show_hrv
from monitor.commands.import_recording import Import, run_import
from monitor.sessions.recording import read_recording
from monitor.statistics.hrv_frequency import frequency_domain
from monitor.statistics.hrv_time import time_domain
from monitor.storage.journal import Journal
from tests.recordings import files

S = 10**9


def series(
    rr_ms: list[float], *, gaps: tuple[int, ...] = (), bad: dict[int, Quality] | None = None
) -> BeatSeries:
    """Return beats from time 0; before those in `gaps` a minute is missing."""
    rr = np.array(rr_ms, dtype=np.float64)
    pause_s = np.zeros(len(rr))
    pause_s[list(gaps)] = 60
    quality = np.zeros(len(rr), dtype=np.uint8)
    for at, grade in (bad or {}).items():
        quality[at] = grade
    follows = np.ones(len(rr), dtype=np.bool_)
    follows[:1] = False
    follows[list(gaps)] = False
    return BeatSeries(
        channel="strap/rr_interval",
        at_ns=np.round((np.cumsum(rr) / 1000 + np.cumsum(pause_s)) * S).astype(np.int64),
        rr_ms=rr,
        quality=quality,
        follows=follows,
    )


def rhythm(count: int, seed: int = 1) -> list[float]:
    rng = np.random.default_rng(seed)
    wave = 30 * np.sin(2 * np.pi * np.arange(count) / 5)
    return [float(each) for each in np.round(800 + wave + rng.normal(0, 10, count))]


def row_of(beats: BeatSeries, seconds: float) -> HrvRow:
    phase = Phase(name="start", kind="start", begin_ns=0, end_ns=round(seconds * S))
    (row,) = windows(normal_beats(beats), phase, seconds)
    return row


def test_window_of_good_beats_has_the_measures_of_its_intervals() -> None:
    rr = rhythm(400)
    row = row_of(series(rr), 300)
    kept = [n for n, end in enumerate(np.cumsum(rr)) if end <= 300_000]
    nn = np.array(rr)[kept]
    follows = np.ones(len(nn), dtype=np.bool_)
    assert row.beats == len(nn)
    assert row.time == time_domain(nn, follows)
    assert row.frequency == frequency_domain(np.cumsum(nn) / 1000, nn)
    assert (row.corrected, row.blank, row.ultra_short) == (0, "", False)
    assert row.covered == pytest.approx(nn.sum() / 300_000)
    assert tuple(row.measures()) == tuple(MEASURES)
    assert None not in row.measures().values()


def test_missed_beat_is_corrected_and_counted() -> None:
    rr = rhythm(400)
    whole = row_of(series(rr), 300)
    merged = [*rr[:100], rr[100] + rr[101], *rr[102:]]
    row = row_of(series(merged), 300)
    assert row.beats == whole.beats
    assert row.corrected == pytest.approx(1 / whole.beats)
    assert row.time is not None
    assert whole.time is not None
    assert row.time.rmssd == pytest.approx(whole.time.rmssd, rel=0.05)


def test_out_of_range_interval_is_an_artefact_not_a_gap() -> None:
    rr = rhythm(400)
    merged = [*rr[:100], sum(rr[100:103]), *rr[103:]]
    beats = normal_beats(series(merged, bad={100: Quality.OUT_OF_RANGE}))
    assert len(beats.artefact_ns) >= 1
    assert beats.nn_ms.max() <= 2000
    assert beats.nn_ms.min() >= 300


@pytest.mark.parametrize("grade", [Quality.NO_CONTACT, Quality.QUESTIONABLE, Quality.INVALID])
def test_interval_of_bad_quality_is_a_gap(grade: Quality) -> None:
    rr = rhythm(100)
    beats = normal_beats(series(rr, bad={50: grade}))
    assert len(beats.nn_ms) == 99
    assert list(np.flatnonzero(~beats.follows)) == [0, 50]
    assert len(beats.artefact_ns) == 0


def test_beats_around_a_gap_are_corrected_separately() -> None:
    rr = rhythm(400)
    beats = normal_beats(series(rr, gaps=(200,)))
    assert (beats.nn_ms == rr).all()
    assert list(np.flatnonzero(~beats.follows)) == [0, 200]
    assert (np.diff(beats.at_ns)[199] / S) == pytest.approx(60 + rr[200] / 1000, abs=1e-6)


def test_empty_series_has_no_normal_beats() -> None:
    beats = normal_beats(series([]))
    assert len(beats.nn_ms) == len(beats.at_ns) == len(beats.artefact_ns) == 0


def test_short_windows_have_no_measures() -> None:
    beats = series(rhythm(400))
    assert row_of(beats, 59).blank == "shorter than 60 s"
    assert row_of(beats, 59).time is None
    minute = row_of(beats, 60)
    assert minute.ultra_short
    assert minute.time is not None
    assert minute.frequency is None
    assert minute.blank == "spectrum: shorter than 120 s"
    assert row_of(beats, 120).frequency is not None


def test_window_with_low_coverage_is_blank() -> None:
    rr = rhythm(400)
    half = row_of(series(rr, gaps=(80, 160)), 300)  # two minutes are missing
    assert half.time is None
    assert half.blank.startswith("intervals cover 5")
    most = row_of(series(rr, gaps=(80,)), 300)
    assert most.time is not None
    assert most.frequency is None
    assert most.blank.startswith("spectrum: intervals cover 7")


def test_window_with_many_corrected_beats_is_blank() -> None:
    rr = rhythm(400)
    for at in range(20, 340, 15):  # early beats, 6.7 %
        rr[at] -= 300
        rr[at + 1] += 300
    row = row_of(series(rr), 300)
    assert row.corrected > 0.05
    assert (row.time, row.frequency) == (None, None)
    assert "of beats were corrected" in row.blank


def marker(
    name: str, minute: float, text: str = "", status: EventStatus = EventStatus.VALID
) -> Event:
    at_ns = round(minute * 60 * S)
    return Event(
        at_ns=at_ns, entered_ns=at_ns, kind=EventKind.MARKER, name=name, text=text, status=status
    )


def test_markers_divide_a_session_into_phases() -> None:
    events = [
        marker("phase", 0, "arrival"),
        marker("note", 3, "asked for water"),
        marker("dose", 10),
        marker("phase", 15, "music"),
        marker("phase", 17, "wrong", EventStatus.UNDONE),
        marker("supplement", 90),
        marker("phase", 200, "after the end"),
    ]
    found = phases_of(events, 0, 120 * 60 * S)
    assert [(each.name, each.begin_ns // S // 60, each.end_ns // S // 60) for each in found] == [
        ("arrival", 0, 10),
        ("dose", 10, 15),
        ("music", 15, 90),
        ("supplement", 90, 120),
    ]


@pytest.fixture
def recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the journal of 25 minutes with a phase after 12, from an imported XDF file."""
    rr = rhythm(1900)
    ends_s = np.cumsum(rr) / 1000
    stream = (
        "strap",
        "vitals",
        [("strap/rr_interval", "ms")],
        ends_s.tolist(),
        [[each] for each in rr],
    )
    path = files.write(tmp_path, files.xdf([stream], [(720.0, "music")]))
    run_import(
        Import(
            files=[path],
            participant="P07",
            policy="resting-adult",
            start=None,
            timezone=None,
            events="phase",
            journal_dir=tmp_path,
            as_json=True,
        )
    )
    return Path(json.loads(capsys.readouterr().out)["journal"])


def test_recording_has_rows_for_phases_and_their_windows(recorded: Path) -> None:
    with Journal.read(recorded) as journal:
        rows = hrv_rows(read_recording(journal))
    shown = [
        (
            row.scope,
            row.phase,
            round(row.begin_ns / S) % 3600 // 60,
            (row.end_ns - row.begin_ns) // S,
        )
        for row in rows
    ]
    assert shown[:3] == [
        ("phase", "start", 0, 719),
        ("window", "start", 0, 300),
        ("window", "start", 5, 300),
    ]
    assert [row.phase for row in rows] == ["start"] * 3 + ["music"] * 3
    assert all(row.time is not None and row.frequency is not None for row in rows)
    phase, first, second = rows[:3]
    assert phase.frequency is not None
    assert first.frequency is not None
    assert second.frequency is not None
    assert phase.frequency.hf == pytest.approx((first.frequency.hf + second.frequency.hf) / 2)
    sums = phase.frequency.lf, phase.frequency.hf
    assert phase.frequency.lf_hf == pytest.approx(sums[0] / sums[1])


def test_command_prints_rows_as_json_and_as_a_table(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_hrv([recorded], "2min", as_json=True)
    (session,) = json.loads(capsys.readouterr().out)
    rows = session["rows"]
    assert [row["scope"] for row in rows].count("window") == 5 + 6
    assert {*MEASURES} < rows[0].keys()
    assert rows[1]["ultra_short"]
    assert rows[1]["rmssd"] > 0
    show_hrv([recorded], "5min", as_json=False)
    printed = capsys.readouterr().out
    assert "rmssd" in printed
    assert "music" in printed


@pytest.mark.parametrize("window", ["30s", "many", "0min"])
def test_invalid_window_is_refused(recorded: Path, window: str) -> None:
    with pytest.raises(PhysiomonError, match="--window"):
        show_hrv([recorded], window, as_json=True)
