"""Features of a session that outcome models take, with their dictionary. Pure.

Features of a course are those of `monitor.analysis.dose_response`: of several channels of a signal,
the one with the most covered time after the dose counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alerts.policy.study_drug import IN_MG
from devices.signals import SIGNALS
from devices.units import symbol
from monitor.analysis.dose_response import LOWEST, DoseResponse
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.session_data import SessionData

Value = float | int | str | None

COURSES = ("heart_rate", "core_temperature", "skin_temperature", "spo2", "pulse_rate")
SPOTS = ("systolic", "diastolic", "body_temperature")
_MINUTE_NS = 60 * 10**9
_HOUR_NS = 60 * _MINUTE_NS
_EFFECT = (
    1,
    3,
)  # hours after the dose, around the expected peak; docs/decisions/0006-virtual-body.md


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the table of sessions.

    Attributes:
        name: of letters, digits and '_', at most 26 characters, as REDCap recommends.
        label: in words.
        unit: symbol, or empty.
        kind: number, integer or text.
    """

    name: str
    label: str
    unit: str = ""
    kind: str = "number"


def dictionary() -> list[Feature]:
    """Return all features in the order of the columns."""
    return [
        Feature("duration_h", "Duration of the recording", "h"),
        Feature("dose_amount", "Amount of the first dose, in its unit"),
        Feature("dose_unit", "Unit of the dose", kind="text"),
        Feature("dose_min", "Time of the dose from the start of the session", "min"),
        Feature("supplement_amount", "Amount of the first supplement, in the unit of the dose"),
        Feature("supplement_min", "Time of the supplement after the dose", "min"),
        *(feature for signal in COURSES for feature in _course_features(signal)),
        *(feature for signal in SPOTS for feature in _spot_features(signal)),
        Feature("rmssd_before", "Median of RMSSD in windows of 5 min before the dose", "ms"),
        Feature(
            "rmssd_effect", "Median of RMSSD in windows of 5 min, 1 to 3 h after the dose", "ms"
        ),
        Feature("rmssd_change", "RMSSD 1 to 3 h after the dose minus before", "ms"),
        Feature("ae_count", "Adverse events that were not withdrawn", kind="integer"),
        Feature(
            "ae_severity", "Highest severity of them: 1 mild, 2 moderate, 3 severe", kind="integer"
        ),
        Feature("ae_kinds", "Kinds of adverse events", kind="text"),
        Feature("rating_count", "Ratings", kind="integer"),
        Feature("rating_first", "First rating"),
        Feature("rating_last", "Last rating"),
        Feature("rating_max", "Highest rating"),
        Feature("rating_mean", "Mean of the ratings"),
        Feature("alarms", "Alarms about the participant", kind="integer"),
        Feature("alarms_per_h", "Alarms about the participant per hour", "1/h"),
        Feature("alarms_useful", "Alarms that people judged useful", kind="integer"),
        Feature("alarms_judged", "Alarms that people judged", kind="integer"),
    ]


def features(data: SessionData) -> dict[str, Value]:
    """Return the features of a session by name, None where there is no value."""
    session, burden = data.session, data.burden
    found: dict[str, Value] = {
        "duration_h": (session.ended_ns - session.began_ns) / _HOUR_NS,
        **_doses(data),
        **dict(pair for signal in COURSES for pair in _course(data, signal)),
        **dict(pair for signal in SPOTS for pair in _spots(data, signal)),
        **_hrv(data),
        **_adverse_events(data),
        **_ratings(data.events),
        "alarms": burden.physiological,
        "alarms_per_h": burden.physiological_per_hour,
        "alarms_useful": burden.reviews.useful if burden.reviews else None,
        "alarms_judged": burden.reviews.reviewed if burden.reviews else None,
    }
    return {feature.name: found.get(feature.name) for feature in dictionary()}


def best_channels(data: SessionData) -> dict[str, str]:
    """Return for each signal with a course the channel with the most valid time."""
    best: dict[str, str] = {}
    for channel, covered in data.coverage.items():
        signal = channel.partition("/")[2]
        if signal not in best or covered.share > data.coverage[best[signal]].share:
            best[signal] = channel
    return best


def _course_features(signal: str) -> Iterator[Feature]:
    short, known = _SHORT[signal], SIGNALS[signal]
    unit, label = symbol(known.unit), known.label
    yield Feature(f"{short}_baseline", f"{label}: median of the 10 min before the dose", unit)
    most = "lowest" if signal in LOWEST else "highest"
    yield Feature(f"{short}_peak", f"{label}: {most} median of 5 min after the dose", unit)
    yield Feature(f"{short}_peak_min", f"{label}: time of the peak after the dose", "min")
    yield Feature(f"{short}_change", f"{label}: peak minus baseline", unit)
    yield Feature(f"{short}_area", f"{label}: area over the baseline after the dose", f"{unit} h")
    yield Feature(f"{short}_hours", f"{label}: time that counts for the area", "h")
    yield Feature(f"{short}_recovery_min", f"{label}: time of recovery after the dose", "min")
    yield Feature(f"{short}_coverage", f"{label}: share of the session with a valid value")


_SHORT = {
    "heart_rate": "hr",
    "core_temperature": "ct",
    "skin_temperature": "st",
    "spo2": "spo2",
    "pulse_rate": "pr",
    "systolic": "sys",
    "diastolic": "dia",
    "body_temperature": "bt",
}


def _spot_features(signal: str) -> Iterator[Feature]:
    short, known = _SHORT[signal], SIGNALS[signal]
    unit, label = symbol(known.unit), known.label
    yield Feature(f"{short}_before", f"{label}: mean of the measurements before the dose", unit)
    yield Feature(f"{short}_max", f"{label}: highest after the dose", unit)
    yield Feature(f"{short}_max_min", f"{label}: time of the highest after the dose", "min")
    yield Feature(f"{short}_count", f"{label}: valid measurements", kind="integer")


def _doses(data: SessionData) -> dict[str, Value]:
    given: dict[str, Event] = {}
    for event in data.events:
        if event.kind is EventKind.MARKER and event.status is EventStatus.VALID:
            given.setdefault(event.name, event)
    dose, supplement = given.get("dose"), given.get("supplement")
    found: dict[str, Value] = {}
    if dose is not None:
        found["dose_amount"], found["dose_unit"] = dose.value, dose.unit or None
        found["dose_min"] = (dose.at_ns - data.session.began_ns) / _MINUTE_NS
        if supplement is not None:
            found["supplement_amount"] = _in_unit(supplement, dose.unit)
            found["supplement_min"] = (supplement.at_ns - dose.at_ns) / _MINUTE_NS
    return found


def _in_unit(given: Event, unit: str) -> float | None:
    """Return an amount in another unit; None if it has no such amount."""
    if given.value is None or given.unit == unit:
        return given.value
    if given.unit not in IN_MG or unit not in IN_MG:
        return None
    return given.value * IN_MG[given.unit] / IN_MG[unit]


def _course(data: SessionData, signal: str) -> Iterator[tuple[str, Value]]:
    short, channel = _SHORT[signal], best_channels(data).get(signal)
    if channel is None:
        return
    yield f"{short}_coverage", data.coverage[channel].share
    responses: dict[str, DoseResponse] = {each.channel: each for each in data.responses}
    if (found := responses.get(channel)) is None:
        return
    yield f"{short}_baseline", found.baseline
    yield f"{short}_peak", found.peak
    yield f"{short}_peak_min", found.peak_min
    yield f"{short}_change", found.change
    yield f"{short}_area", found.area
    yield f"{short}_hours", found.covered_h
    yield f"{short}_recovery_min", found.recovery_min


def _spots(data: SessionData, signal: str) -> Iterator[tuple[str, Value]]:
    short = _SHORT[signal]
    series = [s.good() for c, s in data.readings.items() if c.partition("/")[2] == signal]
    pairs = sorted(
        (at_ns, value)
        for each in series
        for at_ns, value in zip(each.at_ns.tolist(), each.values.tolist(), strict=True)
    )
    yield f"{short}_count", len(pairs)
    if data.dose_ns is None:
        return
    before = [value for at_ns, value in pairs if at_ns <= data.dose_ns]
    after = [(value, at_ns) for at_ns, value in pairs if at_ns > data.dose_ns]
    if before:
        yield f"{short}_before", sum(before) / len(before)
    if after:
        highest = max(value for value, _ in after)
        first_ns = next(at_ns for value, at_ns in after if value == highest)
        yield f"{short}_max", highest
        yield f"{short}_max_min", (first_ns - data.dose_ns) / _MINUTE_NS


def _hrv(data: SessionData) -> Mapping[str, Value]:
    """Return medians of RMSSD over windows of 5 minutes of the sensor with the most beats."""
    if data.dose_ns is None:
        return {}
    beats: dict[str, int] = {}
    for row in data.hrv:
        if row.scope == "window":
            beats[row.channel] = beats.get(row.channel, 0) + row.beats
    windows = [
        (row.begin_ns, row.end_ns, row.time.rmssd)
        for row in data.hrv
        if row.scope == "window" and row.time and row.channel == max(beats, key=beats.__getitem__)
    ]

    def middle(since_ns: int, until_ns: int) -> float | None:
        inside = [value for begin, end, value in windows if since_ns <= begin and end <= until_ns]
        return float(np.median(inside)) if inside else None

    before = middle(data.session.began_ns, data.dose_ns)
    first, last = (data.dose_ns + hour * _HOUR_NS for hour in _EFFECT)
    effect = middle(first, last)
    change = None if before is None or effect is None else effect - before
    return {"rmssd_before": before, "rmssd_effect": effect, "rmssd_change": change}


def _adverse_events(data: SessionData) -> Mapping[str, Value]:
    events = data.adverse_events
    return {
        "ae_count": len(events),
        "ae_severity": max((each.severity for each in events), default=None),
        "ae_kinds": "; ".join(sorted({each.kind for each in events})) or None,
    }


def _ratings(events: Iterable[Event]) -> Mapping[str, Value]:
    rated: Sequence[float] = [
        each.value
        for each in events
        if (each.kind, each.name, each.status) == (EventKind.MARKER, "rating", EventStatus.VALID)
        and each.value is not None
    ]
    if not rated:
        return {"rating_count": 0}
    return {
        "rating_count": len(rated),
        "rating_first": rated[0],
        "rating_last": rated[-1],
        "rating_max": max(rated),
        "rating_mean": sum(rated) / len(rated),
    }
