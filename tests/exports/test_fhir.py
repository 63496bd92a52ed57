"""FHIR R4B: accepted by fhir.resources, with equal values, codes and references."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fhir.resources.R4B.bundle import Bundle

from monitor.entries import EntryKind
from monitor.exports.csv_files import seconds
from monitor.exports.fhir import write_fhir
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import SessionExport, select
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import record
from tests.exports.conftest import Select
from tests.scenarios.play import MDMA, Play


def bundle(export: SessionExport) -> dict[str, Any]:
    ((name, content),) = write_fhir(export)
    assert name == "bundle.json"
    Bundle.model_validate_json(content)
    body: dict[str, Any] = json.loads(content)
    return body


def resources(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == kind]


def coded(found: list[dict[str, Any]], code: str) -> dict[str, Any]:
    (match,) = (
        each
        for each in found
        if code in [coding["code"] for coding in each["code"]["coding"]] and "device" in each
    )
    return match


def test_a_signal_has_its_value_of_each_second(selected: Select) -> None:
    export = selected()
    observations = resources(bundle(export), "Observation")
    signals = [each for each in observations if "valueSampledData" in each]
    assert len(signals) == 3
    table = seconds(export)
    temperature = coded(signals, "8329-5")
    rates = [each for each in signals if each is not temperature]
    for observation, name in zip(
        [*rates, temperature],
        ("strap_heart_rate", "strap2_heart_rate", "patch_core_temperature"),
        strict=True,
    ):
        sampled = observation["valueSampledData"]
        values = [np.nan if each == "E" else float(each) for each in sampled["data"].split()]
        np.testing.assert_array_equal(values, np.asarray(table.data[name]))
        assert (sampled["period"], sampled["origin"]["value"]) == (1000, 0)
    assert rates[0]["code"]["coding"][0] == {"system": "http://loinc.org", "code": "8867-4"}
    assert rates[0]["valueSampledData"]["origin"]["code"] == "/min"
    assert observations[0]["effectivePeriod"]["start"] == "1900-01-01T00:00:00Z"
    assert observations[0]["effectivePeriod"]["end"] == "1900-01-01T00:15:00Z"


def test_measurements_doses_and_adverse_events(selected: Select) -> None:
    body = bundle(selected(absolute=True))
    spots = [each for each in resources(body, "Observation") if "valueQuantity" in each]
    values = {each["code"]["text"]: each["valueQuantity"]["value"] for each in spots}
    # The diastolic pressure was voided.
    assert values == {"Systolic blood pressure": 132, "Body temperature": 36.8}
    (temperature,) = (each for each in spots if each["code"]["text"] == "Body temperature")
    assert temperature["effectiveDateTime"] == "2023-11-14T22:14:10.5Z"
    (dose,) = resources(body, "MedicationAdministration")
    assert dose["dosage"]["dose"] | {"unit": ""} == {
        "value": 120,
        "unit": "",
        "system": "http://unitsofmeasure.org",
        "code": "mg",
    }
    assert dose["medicationCodeableConcept"] == {"text": "MDMA"}
    (nausea,) = resources(body, "AdverseEvent")  # the withdrawn one is left out
    assert nausea["event"] == {"text": "nausea"}
    assert nausea["severity"]["coding"][0]["code"] == "moderate"
    assert nausea["suspectEntity"][0]["causality"][0]["assessment"]["text"] == "probable"


def test_pressures_of_a_moment_are_one_observation(tmp_path: Path) -> None:
    play = Play(policy=MDMA)
    for second, pressure in enumerate(((122, 78), (130, 80)), 10):
        values = {"systolic": pressure[0], "diastolic": pressure[1]}
        play.at(second).tell(EntryKind.VITALS, "manual", values=values, by="AB", role="nurse")
    path = tmp_path / "bp.journal"
    with Journal.write(path) as journal:
        for entry in play.entries:
            journal.append(entry)
        journal.add_facts(play.facts)
        export = select(read_recording(journal), ExportOptions())
    found = resources(bundle(export), "Observation")
    components = [
        {part["code"]["text"]: part["valueQuantity"]["value"] for part in each["component"]}
        for each in found
    ]
    assert components == [
        {"Systolic blood pressure": 122, "Diastolic blood pressure": 78},
        {"Systolic blood pressure": 130, "Diastolic blood pressure": 80},
    ]
    assert {each["code"]["coding"][0]["code"] for each in found} == {"85354-9"}


def test_all_references_point_into_the_bundle(selected: Select) -> None:
    body = bundle(selected())
    urls = {each["fullUrl"] for each in body["entry"]}
    assert len(urls) == len(body["entry"])
    text = json.dumps(body)
    references = {part.split('"')[0] for part in text.split('"reference": "')[1:]}
    assert references <= urls
    assert references


def test_it_states_origin_and_pseudonyms(selected: Select, tmp_path: Path) -> None:
    export = selected()
    body = bundle(export)
    tags = {tag["system"].rpartition(":")[2]: tag["code"] for tag in body["meta"]["tag"]}
    assert tags["journal-hash"] == export.session.journal_hash
    assert tags["policy-digest"] == export.session.policy_digest
    assert (tags["policy"], tags["time"]) == ("mdma-session 3", "relative")
    (patient,) = resources(body, "Patient")
    assert patient["identifier"][0]["value"] == "P01"
    with Journal.read(record(tmp_path / "v.journal", virtual=True)) as journal:
        simulated = bundle(select(read_recording(journal), ExportOptions()))
    for each in simulated["entry"]:
        assert "HTEST" in [code["code"] for code in each["resource"]["meta"]["security"]]
    for each in body["entry"]:
        assert [code["code"] for code in each["resource"]["meta"]["security"]] == ["PSEUDED"]


def test_the_validation_would_find_a_mistake(selected: Select) -> None:
    ((_, content),) = write_fhir(selected())
    body = json.loads(content)
    del body["entry"][-1]["resource"]["subject"]
    with pytest.raises(ValueError, match="subject"):
        Bundle.model_validate(body)
