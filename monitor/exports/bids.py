"""BIDS: one folder for a study, with physio, physioevents and events of each session.

Source: Brain Imaging Data Structure 1.11, sections on behavioural experiments, physiological
recordings and task events. Onsets count from the start of the session; `time_s` from zero. Times
are relative in any case, because a date would only be in `scans` files, which are not written.
"""

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from monitor.analysis.recorded_beats import RR_INTERVAL
from monitor.analysis.recorded_tables import Values
from monitor.exports.csv_files import held_values, shortest, whole_seconds
from monitor.exports.session_export import SessionExport
from monitor.exports.session_tables import events
from monitor.exports.tables import Texts

_TASK = "task-session"
_MISSING = "n/a"
# In the notation of CMIXF-12 that BIDS recommends.
_UNITS = {"Cel": "oC", "/min": "1/min", "mm[Hg]": "mmHg"}


def bids_folder(export: SessionExport) -> str:
    """Return the folder of a session within that of the study."""
    return f"sub-{_label(export.participant, export)}/ses-{export.session.key}"


def write_bids(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a session.

    ``recording-signals`` has one row per second with the values of good quality that are current;
    its physioevents are heart beats. Events contain markers, measurements and alarms. Each ECG is a
    recording with the mean rate of its sensor, and missing samples where packets were lost.
    """
    stem = f"beh/{bids_folder(export).replace('/', '_')}_{_TASK}"
    yield from _events(export, stem)
    yield from _signals(export, f"{stem}_recording-signals")
    for label, series in export.ecg.items():
        rate_hz, values = series.even()
        sidecar = {
            "SamplingFrequency": rate_hz,
            "StartTime": (int(series.at_ns[0]) - export.session.began_ns) / 1e9,
            "Columns": ["cardiac"],
            "PhysioType": "generic",
            "cardiac": {"Description": f"ECG of sensor '{label}', one lead", "Units": "uV"},
        }
        name = f"{stem}_recording-ecg{alphanumeric(label)}_physio"
        yield f"{name}.json", json_bytes({**sidecar, **_origin(export)})
        yield f"{name}.tsv.gz", _tsv_gz([values])


def _signals(export: SessionExport, stem: str) -> Iterator[tuple[str, bytes]]:
    session = export.session
    second, at_ns = whole_seconds(session.began_ns, session.began_ns, session.ended_ns)
    sidecar: dict[str, Any] = {
        "timestamp": {"Description": "Time since the start of the session", "Units": "s"}
    }
    columns = [second]
    for channel, series in export.good_readings().items():
        signal = series.signal
        if signal.name == RR_INTERVAL:
            continue
        name = channel.replace("/", "_")
        sidecar[name] = {
            "Description": f"{signal.label} of sensor '{series.sensor}'",
            "Units": _UNITS.get(signal.unit, signal.unit),
            **({"LOINC": signal.loinc} if signal.loinc else {}),
        }
        columns.append(held_values(series, at_ns))
    head = {"SamplingFrequency": 1.0, "StartTime": 0.0, "Columns": [*sidecar]}
    yield (
        f"{stem}_physio.json",
        json_bytes({**head, "PhysioType": "generic", **sidecar, **_origin(export)}),
    )
    yield f"{stem}_physio.tsv.gz", _tsv_gz(columns)
    if export.beats:
        yield from _beats(export, stem)


def _beats(export: SessionExport, stem: str) -> Iterator[tuple[str, bytes]]:
    """Yield the beats as events of the signals."""
    onset = np.concatenate([beats.at_ns for beats in export.beats.values()])
    rr_ms = np.concatenate([beats.rr_ms for beats in export.beats.values()])
    follows = np.concatenate([beats.follows for beats in export.beats.values()])
    sensors = Texts.runs(
        [channel.partition("/")[0] for channel in export.beats],
        [len(beats.at_ns) for beats in export.beats.values()],
    ).rows()
    order = np.argsort(onset, kind="stable")
    onset_s = (onset[order] - export.session.began_ns) / 1e9
    sidecar = {
        "Columns": ["onset", "duration", "trial_type", "sensor", "rr_interval", "follows"],
        "Description": "Heart beats with the interval that ends at each",
        "OnsetSource": "timestamp",
        "onset": {"Description": "Time since the start of the session", "Units": "s"},
        "duration": {"Description": "Zero: a moment", "Units": "s"},
        "trial_type": {"Description": "beat"},
        "sensor": {"Description": "Label of the sensor"},
        "rr_interval": {"Description": "Interval that ends at the beat", "Units": "ms"},
        "follows": {"Description": "0: beats are missing before this one"},
    }
    yield f"{stem}_physioevents.json", json_bytes({**sidecar, **_origin(export)})
    rows = zip(
        _cells(onset_s),
        ["0"] * len(order),
        ["beat"] * len(order),
        [sensors[place] for place in order.tolist()],
        _cells(rr_ms[order]),
        ["1" if each else "0" for each in follows[order].tolist()],
        strict=True,
    )
    yield f"{stem}_physioevents.tsv.gz", _gzip(tsv(rows))


def _events(export: SessionExport, stem: str) -> Iterator[tuple[str, bytes]]:
    table = events(export)
    columns = [each for each in table.columns if each.name not in ("kind", "duration_s")]
    began_ns = export.session.began_ns
    onset = [(event.at_ns - began_ns) / 1e9 for event in export.events]
    kinds = [event.kind.value for event in export.events]
    cells = []
    for column in columns:
        data = table.data[column.name]
        cells.append(data.rows() if isinstance(data, Texts) else _cells(data))
    durations = _cells(table.data["duration_s"])
    rows = [
        (at, (_number(at), duration, kind, *found))
        for at, duration, kind, *found in zip(onset, durations, kinds, *cells, strict=True)
    ]
    for alarm in export.alarms:
        at = (alarm.raised_ns - began_ns) / 1e9
        duration = _MISSING if alarm.open else _number((alarm.over_ns - alarm.raised_ns) / 1e9)
        own = {
            "name": alarm.rule,
            "time_s": _number(export.second(alarm.raised_ns)),
            "value": _MISSING if alarm.value is None else _number(alarm.value),
            "status": "covered" if alarm.inside else "valid",
            "detail": f"{alarm.priority} {alarm.subject}: {alarm.message}",
        }
        found = [own.get(column.name, _MISSING) for column in columns]
        rows.append((at, (_number(at), duration, "alarm", *found)))
    rows.sort(key=lambda row: row[0])
    header = ("onset", "duration", "trial_type", *(column.name for column in columns))
    yield f"{stem}_events.tsv", tsv([header, *(row for _, row in rows)])
    sidecar = {
        "trial_type": {"Description": "Kind of event; 'alarm': name is its rule"},
        **{
            column.name: {
                "Description": column.meaning,
                **({"Units": column.unit} if column.unit else {}),
            }
            for column in columns
        },
    }
    yield f"{stem}_events.json", json_bytes({**sidecar, **_origin(export)})


def _origin(export: SessionExport) -> dict[str, object]:
    return {
        "TaskName": "session",
        "TaskDescription": "A monitored session",
        "Manufacturer": "physiomon",
        "SoftwareVersions": export.provenance()["software"],
        "Simulated": export.session.simulated,
        "Provenance": export.provenance(),
    }


def _label(participant: str, export: SessionExport) -> str:
    return alphanumeric(participant) or export.session.key


def alphanumeric(text: str) -> str:
    """Return a label of BIDS: ASCII letters and digits only."""
    return "".join(each for each in text if each.isascii() and each.isalnum())


def _number(value: float) -> str:
    return shortest(float(value))


def _cells(values: Any) -> list[str]:
    return [_MISSING if value != value else shortest(value) for value in values.tolist()]  # noqa: PLR0124 - NaN


def tsv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of texts; white space within a text becomes one space, an empty one ``n/a``."""
    lines = ("\t".join(" ".join(cell.split()) or _MISSING for cell in row) for row in rows)
    return ("\n".join(lines) + "\n").encode()


def _tsv_gz(columns: Sequence[Values]) -> bytes:
    """Return columns of numbers without a header, compressed."""
    return _gzip(tsv(zip(*map(_cells, columns), strict=True)))


def _gzip(content: bytes) -> bytes:
    """Compress without name and time, which BIDS and reproducible files forbid."""
    target = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=target, mode="wb", mtime=0) as file:
        file.write(content)
    return target.getvalue()


def json_bytes(body: Mapping[str, object]) -> bytes:
    """Return a JSON object as it is written into files."""
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()
