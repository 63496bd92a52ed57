"""BIDS: accepted by the official validator, with equal values; a study can be extended."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.exports.bids_study import study_files
from monitor.exports.csv_files import seconds
from monitor.exports.exporter import export_recording, finish_study
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions
from tests.analysis.rich_recording import NOTE, record
from tests.exports.conftest import Select
from tests.exports.ecg_recording import RATE_HZ, microvolts, record_ecg

BIDS = FORMATS["bids"]
VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")


def export_study(folder: Path, paths: Iterable[Path], **options: Any) -> None:
    for path in paths:
        export_recording(path, BIDS, folder, ExportOptions(**options))
    finish_study(BIDS, folder)


def errors(folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [VALIDATOR, "--json", folder], capture_output=True, text=True, check=False, timeout=300
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [issue for issue in issues if issue["severity"] == "error"]


@pytest.fixture(scope="module")
def study(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bids")
    simulated = record(folder / "v.journal", participant="P-02", virtual=True, dose=False)
    ecg = record_ecg(folder / "e.journal")
    export_study(folder / "study", (rich, simulated, ecg), notes=True)
    return folder / "study"


def only(study: Path, pattern: str) -> Path:
    (found,) = study.glob(pattern)
    return found


def test_validator_reports_no_error(study: Path) -> None:
    assert errors(study) == []


@pytest.mark.extended
def test_validator_reports_an_invalid_sidecar(study: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", study, tmp_path / "copy"], check=True)
    sidecar = next((tmp_path / "copy").glob("sub-P02/*/beh/*physioevents.json"))
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"OnsetSource": "clock"}))
    assert errors(tmp_path / "copy") != []


@pytest.fixture
def session(study: Path, selected: Select) -> Path:
    """Return the folder of the session with two straps."""
    return study / f"sub-P01/ses-{selected().session.key}/beh"


def test_signals_have_equal_values(session: Path, selected: Select) -> None:
    sidecar = json.loads(only(session, "*recording-signals_physio.json").read_text())
    assert (sidecar["SamplingFrequency"], sidecar["StartTime"]) == (1.0, 0.0)
    data = only(session, "*recording-signals_physio.tsv.gz")
    frame = pd.read_csv(data, sep="\t", names=sidecar["Columns"], na_values="n/a")
    table = seconds(selected())
    np.testing.assert_array_equal(frame.timestamp, np.arange(901))
    assert {"strap_heart_rate", "strap2_heart_rate"} <= set(frame.columns)
    for name in frame.columns[1:]:
        np.testing.assert_array_equal(frame[name], np.asarray(table.data[name]))


def test_beats_are_events_of_the_signals(session: Path, selected: Select) -> None:
    data = only(session, "*physioevents.tsv.gz")
    rows = gzip.decompress(data.read_bytes()).decode().splitlines()
    beats = selected().beats["strap/rr_interval"]
    cells = [row.split("\t") for row in rows]
    assert [float(row[4]) for row in cells] == beats.rr_ms.tolist()
    assert [row[5] for row in cells] == ["1" if each else "0" for each in beats.follows]
    onsets = (beats.at_ns - selected().session.began_ns) / 1e9
    assert [float(row[0]) for row in cells] == onsets.tolist()


def test_event_texts_are_single_lines(session: Path) -> None:
    with only(session, "*events.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    note = next(row for row in rows if row["name"] == "note" and row["status"] == "valid")
    assert note["text"] == " ".join(NOTE.split())
    nausea = next(row for row in rows if row["name"] == "nausea")
    assert (nausea["onset"], nausea["duration"], nausea["severity"]) == ("230", "260", "2")
    assert any(row["trial_type"] == "alarm" for row in rows)
    onsets = [float(row["onset"]) for row in rows]
    assert onsets == sorted(onsets)


def test_ecg_samples_are_at_their_times_with_gaps_as_n_a(study: Path) -> None:
    path = only(study, "sub-P01/*/beh/*recording-ecgstrap_physio.tsv.gz")
    cells = gzip.decompress(path.read_bytes()).decode().split()
    sidecar = json.loads(path.with_name(path.name.replace(".tsv.gz", ".json")).read_text())
    assert sidecar["SamplingFrequency"] == pytest.approx(RATE_HZ, rel=1e-3)
    assert len(cells) == 40 * 73
    for index, cell in enumerate(cells):
        lost = 20 <= index // 73 < 23
        assert cell == ("n/a" if lost else str(microvolts(index)))


def test_each_sidecar_states_origin_and_simulation(study: Path) -> None:
    sidecars = list(study.glob("sub-*/*/beh/*.json"))
    assert len(sidecars) >= 9
    for path in sidecars:
        body = json.loads(path.read_text())
        assert len(body["Provenance"]["journal_hash"]) == 64
        assert body["Simulated"] is body["Provenance"]["simulated"]
        assert body["Simulated"] or "sub-P02" not in path.name
    assert "Simulated sessions" in (study / "README").read_text()


def test_edited_study_files_are_kept_when_sessions_are_added(rich: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    export_study(study, [rich])
    (study / "participants.tsv").write_text("participant_id\tage\tcode\nsub-P01\t33\tP01\n")
    (study / "dataset_description.json").write_text('{"Name": "Ours", "BIDSVersion": "1.11.0"}')
    (study / "README").write_text("Our study.\n")
    export_study(study, [record(tmp_path / "b.journal", participant="P02")])
    expected = "participant_id\tage\tcode\nsub-P01\t33\tP01\nsub-P02\tn/a\tP02\n"
    assert (study / "participants.tsv").read_text() == expected
    assert "Ours" in (study / "dataset_description.json").read_text()
    assert (study / "README").read_text() == "Our study.\n"
    assert errors(study) == []


def test_code_without_letters_or_digits_is_replaced_by_the_key() -> None:
    manifest = {"participant": "寒", "recording": "12ab34cd", "simulated": False}
    files = dict(study_files([manifest], lambda _: None))
    assert files["participants.tsv"].decode().splitlines()[1] == "sub-12ab34cd\t寒"
