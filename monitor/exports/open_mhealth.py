"""Open mHealth: a data series per channel, with the header of IEEE 1752.1.

Source: IEEE 1752.1-2021 (header, data series) and the schemas of Open mHealth for the bodies.
Without absolute times, zero is at the beginning of 1900.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.analysis.recorded_tables import ReadingSeries
from monitor.core.spot_measurements import BY_HAND
from monitor.errors import ConfigError
from monitor.exports.session_export import SessionExport


@dataclass(frozen=True, slots=True)
class _Schema:
    name: str
    version: str
    key: str  # of the value in a body
    unit: str


_SCHEMAS = {
    "heart_rate": _Schema("heart-rate", "2.0", "heart_rate", "beats/min"),
    "pulse_rate": _Schema("heart-rate", "2.0", "heart_rate", "beats/min"),
    "rr_interval": _Schema("rr-interval", "1.0", "rr_interval", "ms"),
    "spo2": _Schema("oxygen-saturation", "2.0", "oxygen_saturation", "%"),
    "core_temperature": _Schema("body-temperature", "4.0", "body_temperature", "C"),
    "body_temperature": _Schema("body-temperature", "4.0", "body_temperature", "C"),
}
_PRESSURE = _Schema("blood-pressure", "4.0", "systolic_blood_pressure", "mmHg")


def write_open_mhealth(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield a file per channel with a schema, and per sensor of blood pressure.

    Values are those of good quality. Signals without a schema are left out: pressures without their
    counterpart, mean pressure, skin and room temperature, fluid intake and battery; likewise
    events, alarms and ECG.

    Raises:
        ConfigError: no signal of the recording has a schema.
    """
    series = export.good_readings()
    found = {**_channels(export, series), **_pressures(export, series)}
    if not found:
        raise ConfigError(
            f"recording {export.session.key} of {export.participant} has no signal that Open "
            "mHealth describes; export it in another format"
        )
    for name, (schema, by_hand, body) in found.items():
        data = {"header": _header(export, name, schema, by_hand=by_hand), "body": body}
        yield f"{name}.json", (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


_Found = dict[str, tuple[_Schema, bool, list[dict[str, object]]]]


def _channels(export: SessionExport, readings: dict[str, ReadingSeries]) -> _Found:
    found: _Found = {}
    for channel, series in readings.items():
        schema = _SCHEMAS.get(series.signal.name)
        if schema is None:
            continue
        body = [
            {schema.key: {"value": value, "unit": schema.unit}, **_at(export, at_ns)}
            for at_ns, value in zip(series.at_ns.tolist(), series.values.tolist(), strict=True)
        ]
        found[channel.replace("/", "-")] = schema, series.sensor == BY_HAND, body
    return found


def _pressures(export: SessionExport, readings: dict[str, ReadingSeries]) -> _Found:
    """Return pairs of systolic and diastolic pressure of one sensor and time."""
    found: _Found = {}
    for channel, systolic in readings.items():
        diastolic = readings.get(f"{systolic.sensor}/diastolic")
        if systolic.signal.name != "systolic" or diastolic is None:
            continue
        at_ns, upper, lower = np.intersect1d(systolic.at_ns, diastolic.at_ns, return_indices=True)
        if not len(at_ns):
            continue
        pairs = zip(
            at_ns.tolist(),
            systolic.values[upper].tolist(),
            diastolic.values[lower].tolist(),
            strict=True,
        )
        body: list[dict[str, object]] = [
            {
                "systolic_blood_pressure": {"value": high, "unit": "mmHg"},
                "diastolic_blood_pressure": {"value": low, "unit": "mmHg"},
                **_at(export, at),
            }
            for at, high, low in pairs
        ]
        name = f"{channel.partition('/')[0]}-blood_pressure"
        found[name] = _PRESSURE, systolic.sensor == BY_HAND, body
    return found


def _at(export: SessionExport, at_ns: int) -> dict[str, object]:
    return {"effective_time_frame": {"date_time": export.moment(at_ns)}}


def _header(
    export: SessionExport, name: str, schema: _Schema, *, by_hand: bool
) -> dict[str, object]:
    """Return the header; manual measurements are neither sensed nor reported by the participant."""
    origin = export.provenance()
    sheets = {
        "software": f"urn:physiomon:software:{export.session.software}",
        "policy": f"urn:physiomon:policy:{origin['policy_digest']}",
        "journal": f"urn:physiomon:journal:{origin['journal_hash']}",
        **({"simulated data": "urn:physiomon:simulated"} if export.session.simulated else {}),
    }
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:physiomon:{origin['journal_hash']}:{name}")
    return {
        "uuid": str(identity),
        "schema_id": {"namespace": "omh", "name": schema.name, "version": schema.version},
        "source_creation_date_time": export.moment(export.session.ended_ns),
        **({} if by_hand else {"modality": "sensed"}),
        "external_datasheets": [
            {"datasheet_type": kind, "datasheet_reference": reference}
            for kind, reference in sheets.items()
        ],
        "provenance": origin,
    }
