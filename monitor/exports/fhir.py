"""FHIR R4B: a bundle of measurements, doses and adverse events.

Source: HL7 FHIR 4.3.0. Codes are LOINC and UCUM; a quantity without a confirmed LOINC code has only
the name of its signal. Without absolute times, zero is at the beginning of 1900, as a tag states.
"""

import json
import math
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np

from devices.signals import SIGNALS, Signal
from monitor.analysis.recorded_beats import RR_INTERVAL
from monitor.analysis.recorded_events import DOSE, Event, EventKind, EventStatus
from monitor.analysis.recorded_tables import ReadingSeries
from monitor.exports.csv_files import held_values, shortest, whole_seconds
from monitor.exports.session_export import SessionExport

_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_CATEGORY = f"{_TERMINOLOGY}/observation-category"
_SEVERITY = {1: "mild", 2: "moderate", 3: "severe"}
_BLOOD_PRESSURE = {"system": _LOINC, "code": "85354-9", "display": "Blood pressure panel"}
# Of a person's data that carry a code instead of a name, and of data that are of no person.
_PSEUDONYM = {"system": f"{_TERMINOLOGY}/v3-ObservationValue", "code": "PSEUDED"}
_TEST_DATA = {"system": f"{_TERMINOLOGY}/v3-ActReason", "code": "HTEST"}

_Resource = dict[str, Any]


def write_fhir(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield ``bundle.json``, a bundle of type collection.

    A signal over time is one Observation with a value per second (SampledData, E: no value); a spot
    measurement is one Observation, with the pressures of a moment together. RR intervals, ECG,
    alarms and the other events are left out.
    """
    bundle = _Bundle(export)
    yield (
        "bundle.json",
        (json.dumps(bundle.body(), ensure_ascii=False, indent=1) + "\n").encode(),
    )


class _Bundle:
    def __init__(self, export: SessionExport) -> None:
        self._export = export
        self._entries: list[_Resource] = []
        origin = export.provenance()
        self._patient = self._add(
            "Patient",
            identifier=[{"system": "urn:physiomon:participant", "value": export.participant}],
        )
        self._devices = {
            sensor.label: self._add(
                "Device",
                type={"text": sensor.kind_label},
                deviceName=[{"name": sensor.label, "type": "user-friendly-name"}],
                **({"identifier": [{"value": sensor.address}]} if sensor.address else {}),
            )
            for sensor in export.session.sensors
        }
        self._readings()
        self._doses()
        self._meta = {
            **self._security(),
            "tag": [
                {"system": "urn:physiomon:software", "code": str(origin["software"])},
                {"system": "urn:physiomon:policy", "code": str(origin["policy"])},
                {"system": "urn:physiomon:policy-digest", "code": str(origin["policy_digest"])},
                {"system": "urn:physiomon:journal-hash", "code": str(origin["journal_hash"])},
                {
                    "system": "urn:physiomon:time",
                    "code": "absolute" if export.options.absolute else "relative",
                    "display": "UTC of the session's clock"
                    if export.options.absolute
                    else f"Shifted dates: second 0, the {export.options.zero}, is at the "
                    "beginning of 1900",
                },
            ],
        }

    def body(self) -> _Resource:
        identifier = {
            "system": "urn:physiomon:journal",
            "value": self._export.session.journal_hash,
        }
        return {
            "resourceType": "Bundle",
            "id": self._export.session.key,
            "meta": self._meta,
            "identifier": identifier,
            "type": "collection",
            "entry": self._entries,
        }

    def _security(self) -> _Resource:
        simulated = [_TEST_DATA] if self._export.session.simulated else []
        return {"security": [_PSEUDONYM, *simulated]}

    def _add(self, kind: str, **body: Any) -> _Resource:
        """Add a resource; return a reference to it. Its id is its place in the bundle."""
        session, number = self._export.session, len(self._entries) + 1
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:physiomon:{session.journal_hash}:{number}")
        resource = {
            "resourceType": kind,
            "id": f"{session.key}-{number}",
            "meta": self._security(),
            **body,
        }
        self._entries.append({"fullUrl": f"urn:uuid:{identity}", "resource": resource})
        return {"reference": f"urn:uuid:{identity}"}

    def _readings(self) -> None:
        readings = self._export.good_readings()
        paired: set[tuple[str, int]] = set()
        for systolic in readings.values():
            if systolic.signal.name == "systolic":
                self._pressures(systolic, readings, paired)
        for channel, series in readings.items():
            if series.signal.name == RR_INTERVAL:
                continue
            if not series.spot:
                self._signal(series)
                continue
            for at_ns, value in zip(series.at_ns.tolist(), series.values.tolist(), strict=True):
                if (channel, at_ns) not in paired:
                    self._add(
                        "Observation",
                        **self._observation(series.signal, series.sensor),
                        effectiveDateTime=self._export.moment(at_ns),
                        valueQuantity=_quantity(value, series.signal.unit),
                    )

    def _pressures(
        self,
        systolic: ReadingSeries,
        readings: dict[str, ReadingSeries],
        paired: set[tuple[str, int]],
    ) -> None:
        """Add the pressures of a sensor: those of one moment are components of one Observation."""
        sensor = systolic.sensor
        names = [
            name
            for name in ("systolic", "diastolic", "mean_arterial")
            if f"{sensor}/{name}" in readings
        ]
        for at_ns in systolic.at_ns.tolist():
            values = {}
            for name in names:
                series = readings[f"{sensor}/{name}"]
                place = int(np.searchsorted(series.at_ns, at_ns))
                if place < len(series.at_ns) and int(series.at_ns[place]) == at_ns:
                    values[name] = float(series.values[place])
            if "diastolic" not in values:
                continue  # a single measurement, added with the others
            paired.update((f"{sensor}/{name}", at_ns) for name in values)
            self._add(
                "Observation",
                **self._observation(None, sensor),
                effectiveDateTime=self._export.moment(at_ns),
                component=[
                    {"code": _code(SIGNALS[name]), "valueQuantity": _quantity(value, "mm[Hg]")}
                    for name, value in values.items()
                ],
            )

    def _signal(self, series: ReadingSeries) -> None:
        session = self._export.session
        _, at_ns = whole_seconds(session.began_ns, session.began_ns, session.ended_ns)
        values = held_values(series, at_ns).tolist()
        data = " ".join("E" if math.isnan(value) else shortest(value) for value in values)
        self._add(
            "Observation",
            **self._observation(series.signal, series.sensor),
            effectivePeriod={
                "start": self._export.moment(int(at_ns[0])),
                "end": self._export.moment(int(at_ns[-1])),
            },
            valueSampledData={
                "origin": _quantity(0, series.signal.unit),
                "period": 1000,
                "dimensions": 1,
                "data": data,
            },
        )

    def _observation(self, signal: Signal | None, sensor: str) -> _Resource:
        """Return what observations share; without a signal that of a blood pressure."""
        code = (
            {"coding": [_BLOOD_PRESSURE], "text": "Blood pressure"}
            if signal is None
            else _code(signal)
        )
        vital = signal is None or (signal.loinc is not None and not signal.technical)
        category = {"system": _CATEGORY, "code": "vital-signs"}
        return {
            "status": "final",
            **({"category": [{"coding": [category]}]} if vital else {}),
            "code": code,
            "subject": self._patient,
            **({"device": self._devices[sensor]} if sensor in self._devices else {}),
        }

    def _doses(self) -> None:
        """Add doses, then adverse events, each suspected to come from the last dose before it."""
        valid = [event for event in self._export.events if event.status is EventStatus.VALID]
        given = [
            (event.at_ns, self._dose(event))
            for event in valid
            if event.kind is EventKind.MARKER and event.name in (DOSE, "supplement")
        ]
        reported = (event for event in valid if event.kind is EventKind.ADVERSE_EVENT)
        for event in reported:
            before = [reference for at_ns, reference in given if at_ns <= event.at_ns]
            self._adverse_event(event, before[-1] if before else None)

    def _dose(self, event: Event) -> _Resource:
        drug = self._export.session.drug or "study drug"
        amount = None if event.value is None else _quantity(event.value, event.unit)
        return self._add(
            "MedicationAdministration",
            status="completed",
            medicationCodeableConcept={"text": event.text or drug},
            subject=self._patient,
            effectiveDateTime=self._export.moment(event.at_ns),
            **({} if amount is None else {"dosage": {"dose": amount}}),
        )

    def _adverse_event(self, event: Event, dose: _Resource | None) -> None:
        severity = _SEVERITY.get(event.severity or 0)
        suspect = {"instance": dose, "causality": [{"assessment": {"text": event.relation}}]}
        ended = event.ended_ns
        self._add(
            "AdverseEvent",
            actuality="actual",
            event={"text": f"{event.name}: {event.text}" if event.text else event.name},
            subject=self._patient,
            date=self._export.moment(event.at_ns),
            recordedDate=self._export.moment(event.entered_ns),
            **(
                {}
                if severity is None
                else {
                    "severity": {
                        "coding": [
                            {"system": f"{_TERMINOLOGY}/adverse-event-severity", "code": severity}
                        ]
                    }
                }
            ),
            **({} if dose is None else {"suspectEntity": [suspect]}),
            **(
                {}
                if ended is None
                else {
                    "extension": [
                        {
                            "url": "urn:physiomon:ended",
                            "valueDateTime": self._export.moment(ended),
                        }
                    ]
                }
            ),
        )


def _code(signal: Signal) -> _Resource:
    coding = [{"system": "urn:physiomon:signal", "code": signal.name.replace("_", "-")}]
    if signal.loinc is not None:
        coding.insert(0, {"system": _LOINC, "code": signal.loinc})
    return {"coding": coding, "text": signal.label}


def _quantity(value: float, unit: str) -> _Resource:
    """Return a quantity; whole numbers without a decimal point."""
    number = int(value) if float(value).is_integer() else value
    return {"value": number, "unit": unit, "system": _UCUM, "code": unit}
