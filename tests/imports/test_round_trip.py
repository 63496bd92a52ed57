"""Exports of physiomon that are imported again: the same values at the same times."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devices.packets import Quality
from devices.recordings.reader import read_file
from monitor.analysis.recorded_tables import ReadingSeries, read_readings
from monitor.commands.import_recording import Import, run_import
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.system.command import physiomon


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the journal of ten simulated minutes, with its exports beside it."""
    folder = tmp_path_factory.mktemp("round-trip")
    arguments = ("--headless", "--minutes", "10", "--speed", "100000", "--policy", "demo")
    done = physiomon("demo", *arguments, "--journal-dir", str(folder))
    assert done.returncode == 0, done.stderr
    (journal,) = folder.glob("*.journal")
    for name in ("kubios", "edf", "xdf"):
        options = ("--to", name, "--time", "absolute", "--output", str(folder / name))
        done = physiomon("export", str(journal), *options)
        assert done.returncode == 0, done.stderr
    return journal


def readings(journal: Path) -> dict[str, ReadingSeries]:
    with Journal.read(journal) as opened:
        return read_readings(read_recording(opened))


def exported(recorded: Path, name: str, pattern: str) -> Path:
    (found,) = (recorded.parent / name).rglob(pattern)
    return found


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("kubios", "rr-strap.txt"), ("edf", "session.edf"), ("xdf", "session.xdf")],
)
def test_simulated_session_stays_marked(recorded: Path, name: str, pattern: str) -> None:
    assert read_file(exported(recorded, name, pattern)).simulated


def test_intervals_for_kubios(recorded: Path) -> None:
    series = read_file(exported(recorded, "kubios", "rr-strap.txt")).series["rr_interval"]
    expected = readings(recorded)["strap/rr_interval"].good()
    assert series.values == pytest.approx(expected.values, abs=1e-6)
    timed = read_file(exported(recorded, "kubios", "rr-times-strap.txt")).series["rr_interval"]
    assert np.diff(timed.times_s) == pytest.approx(np.diff(expected.at_ns) / 1e9, abs=1e-3)


@pytest.mark.parametrize(
    ("signal", "channel"), [("heart_rate", "strap"), ("core_temperature", "patch")]
)
def test_edf(recorded: Path, signal: str, channel: str) -> None:
    """One value per second, held for as long as it is current; gaps are gaps again."""
    file = read_file(exported(recorded, "edf", "session.edf"))
    series, source = file.series[signal], readings(recorded)[f"{channel}/{signal}"].good()
    at_s = (source.at_ns - source.at_ns[0]) / 1e9
    assert 500 < len(series) <= file.duration_s + 1
    assert {*np.round(series.values, 2)} <= {*np.round(source.values, 2)}
    assert series.times_s[-1] == pytest.approx(at_s[-1], abs=12)


def test_xdf_becomes_a_journal_with_the_same_readings(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_import(
        Import(
            files=[exported(recorded, "xdf", "session.xdf")],
            participant="P07",
            policy="demo",
            start=None,
            timezone=None,
            events="note",
            journal_dir=tmp_path,
            as_json=True,
        )
    )
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    with Journal.read(Path(printed["journal"])) as journal:
        assert read_recording(journal).spec.virtual
    before, after = readings(recorded), readings(Path(printed["journal"]))
    for source, target in (
        ("strap/heart_rate", "heart/heart_rate"),
        ("strap/rr_interval", "heart/rr_interval"),
        ("patch/core_temperature", "core/core_temperature"),
    ):
        good = before[source].good()
        kept = np.isin(after[target].quality, (Quality.GOOD, Quality.SETTLING))
        assert after[target].values[kept] == pytest.approx(good.values, abs=1e-3), source
        if target != "heart/rr_interval":  # beats are aligned with the packets again
            assert np.abs(after[target].at_ns[kept] - good.at_ns).max() < 10**6
