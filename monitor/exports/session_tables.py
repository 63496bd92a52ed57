"""The tables of a recording: readings, beats, ECG, events, alarms and sensors.

Series are in the order of their channels, and within each in the order of time.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.alarm_fact import unit_of
from devices.packets import Quality
from monitor.analysis.recorded_tables import StatisticSeries
from monitor.exports.session_export import SessionExport
from monitor.exports.tables import Column, Data, Table, Texts, flag, number, text, time

QUALITIES = tuple(quality.name.lower() for quality in Quality)

_TIME_S = number("time_s", "Time since the start of the session, or since the dose.", "s")
_TIME = time("time", "The same time in UTC of the session's clock.")
_CHANNEL = (
    text("channel", "Sensor and signal."),
    text("sensor", "Label of the sensor; 'manual': entered by people."),
)
_QUALITY = text("quality", f"Quality: {', '.join(QUALITIES)}.")

READINGS = (
    _TIME_S,
    _TIME,
    *_CHANNEL,
    text("signal", "Measured quantity."),
    number("value", "Measured value; missing if the sensor sent none."),
    text("unit", "UCUM code of the unit."),
    _QUALITY,
)
BEATS = (
    _TIME_S,
    _TIME,
    *_CHANNEL,
    number("rr_ms", "Interval that ends at this beat, as the sensor sent it.", "ms"),
    flag("follows", "False: beats are missing before this one."),
    _QUALITY,
)
ECG = (
    _TIME_S,
    _TIME,
    text("sensor", "Label of the sensor."),
    number("ecg_uv", "Voltage between the electrodes of the strap.", "uV"),
    flag("follows", "False: samples are missing before this one."),
)
EVENTS = (
    _TIME_S,
    _TIME,
    text("kind", "marker, measurement, adverse-event, session, baseline or policy."),
    text("name", "What of its kind: dose, note, systolic, nausea, start ..."),
    number("value", "Amount, rating, measured value or baseline."),
    text("unit", "UCUM code of the value's unit."),
    number("duration_s", "Duration of an adverse event; missing: not over, or none.", "s"),
    number("severity", "Of an adverse event: 1 mild, 2 moderate, 3 severe."),
    text("relation", "Of an adverse event to the drug."),
    text("status", "valid, undone, corrected, voided or withdrawn; only a valid one counts."),
    text("detail", "Generated text."),
    number("entered_s", "Time of entry; later than time_s if dated back.", "s"),
)
NOTES = (
    text("text", "Typed by people: note, name of a phase or drug, description."),
    text("action", "Typed by people: what was done about an adverse event."),
    text("reason", "Typed by people: why it was changed, undone or done."),
)
NAMES = (
    text("by", "Person who entered it."),
    text("role", "Role of that person."),
)
ALARMS = (
    number("raised_s", "When it was raised.", "s"),
    time("raised", "The same in UTC of the session's clock."),
    number("announced_s", "When it was announced; later than raised_s after a standstill.", "s"),
    number("over_s", "When its condition was over; missing: not over at the end.", "s"),
    number("acknowledged_s", "First acknowledgement or reset; missing: none.", "s"),
    text("rule", "Rule of the policy."),
    text("subject", "Channel, sensor or session."),
    text("priority", "high, medium, low or info."),
    flag("technical", "About the equipment, not the person."),
    flag("covered", "A higher alarm of the same ladder covered it: not announced."),
    text("message", "Text of the rule."),
    number("value", "Value that raised it."),
    number("extreme", "Most extreme value while it was raised."),
    number("limit", "Limit that was violated."),
    text("unit", "UCUM code of these three."),
    text("verdict", "Verdict in the alarm review: useful, false, artefact, or none."),
)
ALARM_NAMES = (
    text("acknowledged_by", "Person who acknowledged or reset it first."),
    text("reviewed_by", "Person who gave the verdict."),
)
SENSORS = (
    text("label", "Label of the sensor."),
    text("kind", "Kind of sensor."),
    text("description", "The kind in words."),
    number("since_s", "When it was added, or replaced the device before it.", "s"),
)
SENSOR_NAMES = (
    text("address", "Device address."),
    text("device_name", "Advertised name."),
)
STATISTICS = (
    _TIME_S,
    _TIME,
    _CHANNEL[0],
    text("statistic", "Name of the statistic."),
    number("window_s", "Length of the window that ends at this time.", "s"),
    number("value", "In the unit of the channel; missing if unknown."),
)


def session_tables(export: SessionExport) -> list[Table]:
    """Return all tables of a recording; without readings, beats or ECG those are left out."""
    return [
        *(table for table in (readings(export), beats(export), ecg(export)) if len(table)),
        events(export),
        alarms(export),
        sensors(export),
    ]


def readings(export: SessionExport) -> Table:
    """Return all readings."""
    series = [*export.readings.values()]
    counts, times = _times(export, [each.at_ns for each in series])
    data: dict[str, Data] = {
        **times,
        "channel": Texts.runs([each.channel for each in series], counts),
        "sensor": Texts.runs([each.sensor for each in series], counts),
        "signal": Texts.runs([each.signal.name for each in series], counts),
        "value": _joined([each.values for each in series], np.float64),
        "unit": Texts.runs([each.signal.unit for each in series], counts),
        "quality": Texts(_joined([each.quality for each in series], np.int32), QUALITIES),
    }
    return _table(export, "readings", READINGS, data)


def beats(export: SessionExport) -> Table:
    """Return the beats of all sensors that send RR intervals."""
    series = [*export.beats.values()]
    counts, times = _times(export, [each.at_ns for each in series])
    data: dict[str, Data] = {
        **times,
        "channel": Texts.runs([each.channel for each in series], counts),
        "sensor": Texts.runs([each.channel.partition("/")[0] for each in series], counts),
        "rr_ms": _joined([each.rr_ms for each in series], np.float64),
        "follows": _joined([each.follows for each in series], np.bool_),
        "quality": Texts(_joined([each.quality for each in series], np.int32), QUALITIES),
    }
    return _table(export, "beats", BEATS, data)


def ecg(export: SessionExport) -> Table:
    """Return the ECG samples of all sensors."""
    series = [*export.ecg.values()]
    counts, times = _times(export, [each.at_ns for each in series])
    data: dict[str, Data] = {
        **times,
        "sensor": Texts.runs([each.sensor for each in series], counts),
        "ecg_uv": _joined([each.uv for each in series], np.float64),
        "follows": _joined([each.follows for each in series], np.bool_),
    }
    return _table(export, "ecg", ECG, data)


def events(export: SessionExport) -> Table:
    """Return all events, invalid ones included."""
    found, options = export.events, export.options
    columns = EVENTS + (NOTES if options.notes else ()) + (NAMES if options.names else ())
    if not options.notes and any(event.text for event in found):
        columns += (NOTES[0],)  # the name of the drug
    at_ns = np.array([event.at_ns for event in found], dtype=np.int64)
    data: dict[str, Data] = {
        "time_s": export.seconds(at_ns),
        "time": at_ns,
        "kind": Texts.of(event.kind.value for event in found),
        "name": Texts.of(event.name for event in found),
        "value": _numbers(event.value for event in found),
        "unit": Texts.of(event.unit for event in found),
        "duration_s": _numbers(
            None if event.ended_ns is None else (event.ended_ns - event.at_ns) / 1e9
            for event in found
        ),
        "severity": _numbers(event.severity for event in found),
        "relation": Texts.of(event.relation for event in found),
        "status": Texts.of(event.status.value for event in found),
        "detail": Texts.of(event.detail for event in found),
        "entered_s": _numbers(export.second(event.entered_ns) for event in found),
        "text": Texts.of(event.text for event in found),
        "action": Texts.of(event.action for event in found),
        "reason": Texts.of(event.reason for event in found),
        "by": Texts.of(event.by for event in found),
        "role": Texts.of(event.role for event in found),
    }
    return _table(export, "events", columns, data)


def alarms(export: SessionExport) -> Table:
    """Return the alarms in the order in which they were raised."""
    found = export.alarms
    raised_ns = np.array([alarm.raised_ns for alarm in found], dtype=np.int64)
    data: dict[str, Data] = {
        "raised_s": export.seconds(raised_ns),
        "raised": raised_ns,
        "announced_s": _numbers(export.second(alarm.announced_ns) for alarm in found),
        "over_s": _numbers(None if alarm.open else export.second(alarm.over_ns) for alarm in found),
        "acknowledged_s": _numbers(
            None if alarm.answered_ns is None else export.second(alarm.answered_ns)
            for alarm in found
        ),
        "rule": Texts.of(alarm.rule for alarm in found),
        "subject": Texts.of(alarm.subject for alarm in found),
        "priority": Texts.of(alarm.priority for alarm in found),
        "technical": np.array([alarm.technical for alarm in found], dtype=np.bool_),
        "covered": np.array([alarm.inside for alarm in found], dtype=np.bool_),
        "message": Texts.of(alarm.message for alarm in found),
        "value": _numbers(alarm.value for alarm in found),
        "extreme": _numbers(alarm.extreme for alarm in found),
        "limit": _numbers(alarm.limit for alarm in found),
        "unit": Texts.of(unit_of(alarm.subject) for alarm in found),
        "verdict": Texts.of(alarm.verdict for alarm in found),
        "acknowledged_by": Texts.of(alarm.answered_by for alarm in found),
        "reviewed_by": Texts.of(alarm.reviewed_by for alarm in found),
    }
    columns = ALARMS + (ALARM_NAMES if export.options.names else ())
    return _table(export, "alarms", columns, data)


def sensors(export: SessionExport) -> Table:
    """Return the devices of the session."""
    found = export.session.sensors
    data: dict[str, Data] = {
        "label": Texts.of(each.label for each in found),
        "kind": Texts.of(each.kind for each in found),
        "description": Texts.of(each.kind_label for each in found),
        "since_s": _numbers(export.second(each.since_ns) for each in found),
        "address": Texts.of(each.address for each in found),
        "device_name": Texts.of(each.name for each in found),
    }
    columns = SENSORS + (SENSOR_NAMES if export.options.names else ())
    return _table(export, "sensors", columns, data)


def statistics(export: SessionExport, series: Sequence[StatisticSeries]) -> Table:
    """Return the rolling statistics that rules use."""
    counts, times = _times(export, [each.at_ns for each in series])
    data: dict[str, Data] = {
        **times,
        "channel": Texts.runs([each.channel for each in series], counts),
        "statistic": Texts.runs([each.statistic for each in series], counts),
        "window_s": np.repeat([each.window_s for each in series], counts),
        "value": _joined([each.values for each in series], np.float64),
    }
    return _table(export, "statistics", STATISTICS, data)


def _table(
    export: SessionExport, name: str, columns: Sequence[Column], data: dict[str, Data]
) -> Table:
    """Return a table with those columns that are exported."""
    absolute = export.options.absolute
    kept = tuple(each for each in columns if absolute or each.name not in ("time", "raised"))
    return Table(name, kept, {each.name: data[each.name] for each in kept})


def _times(
    export: SessionExport, parts: Sequence[NDArray[np.int64]]
) -> tuple[list[int], dict[str, Data]]:
    """Return the lengths of several series, and the columns of their times, one after another."""
    at_ns = _joined(parts, np.int64)
    return [len(part) for part in parts], {"time_s": export.seconds(at_ns), "time": at_ns}


def _joined(parts: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *(part.astype(dtype) for part in parts)])


def _numbers(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
