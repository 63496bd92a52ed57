"""Choice of content: times, signals, quality; no names or notes unless requested."""

import gzip
from pathlib import Path

import pyarrow.parquet
import pytest

from devices.packets import Quality
from monitor.exports.exporter import export_recording, finish_study
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions
from tests.analysis.rich_recording import ADDRESS, DOSE_S, NOTE, PERSON
from tests.exports.conftest import Select

PRIVATE = {
    "person": PERSON,
    "given name": "Anna",
    "note": NOTE[:8],
    "address": ADDRESS,
    "device name": "Strap of ward 3",
    "site": "Klinik Süd",
    "room": "Room 7",
    "session": "here-20231114",
    "reason": "typo",
    "date": "2023-11-14",
    "short date": "14.11.23",
    "EDF date": "14-NOV-2023",
    "file": "rich.journal",
}


def text_of(folder: Path) -> str:
    """Return the text of all files, those in gzip and Parquet too."""
    parts = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        parts.append(str(path.relative_to(folder)))
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        if path.suffix == ".parquet":
            parts.append(str(pyarrow.parquet.read_table(path).to_pydict()))
            parts.append(str(pyarrow.parquet.read_schema(path).metadata))
        parts.append(content.decode("utf-8", errors="replace"))
    return "\n".join(parts).replace("\\u00eb", "ë")


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_has_personal_data_unless_requested(
    rich: Path, tmp_path: Path, name: str
) -> None:
    export_recording(rich, FORMATS[name], tmp_path, ExportOptions(all_qualities=True))
    finish_study(FORMATS[name], tmp_path)
    text = text_of(tmp_path)
    assert {what for what, secret in PRIVATE.items() if secret in text} == set()
    assert "P01" in text


@pytest.mark.parametrize("name", FORMATS)
def test_anonymous_export_contains_no_participant_code(
    rich: Path, tmp_path: Path, name: str
) -> None:
    export_recording(rich, FORMATS[name], tmp_path, ExportOptions(anonymous=True))
    finish_study(FORMATS[name], tmp_path)
    assert "P01" not in text_of(tmp_path)


@pytest.mark.parametrize("name", ["parquet", "csv"])
def test_names_and_notes_are_included_on_request(rich: Path, tmp_path: Path, name: str) -> None:
    options = ExportOptions(names=True, notes=True, absolute=True)
    export_recording(rich, FORMATS[name], tmp_path, options)
    text = text_of(tmp_path)
    for what in ("person", "given name", "note", "address", "device name", "site", "reason"):
        assert PRIVATE[what] in text
    assert "2023-11-14" in text or "2023, 11, 14" in text


def test_drug_name_is_not_treated_as_a_note(selected: Select) -> None:
    texts = {event.name: event.text for event in selected().events}
    assert texts["dose"] == "MDMA"
    assert texts["phase"] == ""


def test_seconds_count_from_the_start_or_the_dose(selected: Select) -> None:
    start, dose = selected(), selected(zero="dose")
    of_dose = next(event for event in start.events if event.name == "dose")
    assert start.second(of_dose.at_ns) == pytest.approx(DOSE_S, abs=1e-6)
    assert dose.second(of_dose.at_ns) == 0
    assert dose.second(dose.session.began_ns) == pytest.approx(-DOSE_S, abs=1e-6)


def test_export_contains_only_selected_signals(selected: Select) -> None:
    chosen = selected(signals=("heart_rate", "spo2"))
    assert [*chosen.readings] == ["strap/heart_rate", "strap2/heart_rate"]
    assert chosen.beats == {}
    assert chosen.absent == ("spo2",)
    assert not any(event.name == "systolic" for event in chosen.events)


def test_doubtful_values_are_left_out_unless_requested(selected: Select) -> None:
    good, every = selected(), selected(all_qualities=True)
    for series in good.readings.values():
        assert set(series.quality) == {Quality.GOOD}
    core = every.readings["patch/core_temperature"]
    assert Quality.NO_VALUE in core.quality
    assert len(core.at_ns) > len(good.readings["patch/core_temperature"].at_ns)
    assert "manual/diastolic" in every.readings  # voided
    assert "manual/diastolic" not in good.readings
