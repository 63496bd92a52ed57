"""EDF+C: one file with all signals at 1 Hz, and one per ECG.

Source: Kemp and Olivan 2003, European data format 'plus'. Its discontinuous form, EDF+D, is not
used, because readers ignore or refuse the gaps. Here a gap has the physical minimum, which no
measurement has, and an annotation with its duration.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from devices.units import quantity
from monitor.analysis.recorded_beats import RR_INTERVAL
from monitor.analysis.recorded_ecg import EcgSeries
from monitor.analysis.recorded_tables import ReadingSeries, Values
from monitor.core.spot_measurements import BY_HAND
from monitor.errors import ConfigError
from monitor.exports.csv_files import held_values, whole_seconds
from monitor.exports.event_text import annotations, origin_text
from monitor.exports.session_export import SessionExport
from monitor.extras import load_extra

_SECOND_NS = 10**9
_STEPS = 65_535  # of 16 bits
_RECORD_S = 8.0  # a power of two: see `_ecg_file`
# Durations of data records of an ECG in 1/32 s, which fit the eight characters of the header.
_ECG_RECORDS = range(8 * 32, 20 * 32)
_LARGEST = 32_767  # of 16 bits
# Physical minimum and step by unit: values of sensors have no more digits, and none is the minimum.
_SCALES = {"/min": (0.0, 0.01), "%": (-1.0, 0.01), "Cel": (-5.0, 0.001)}
_AMBIENT = (-100.0, 0.01)
_LABEL = 16  # characters
# Source: EDF+, standard texts for labels.
_LABELS = {
    "heart_rate": "HR",
    "pulse_rate": "PR",
    "spo2": "SaO2",
    "core_temperature": "Temp core",
    "skin_temperature": "Temp skin",
    "ambient_temperature": "Temp room",
    "battery": "Battery",
}


def write_edf(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield ``session.edf`` and ``ecg-SENSOR.edf``; each starts with its session or ECG.

    Values are those of good quality that are current at each second. Spot measurements, events and
    alarms are annotations, as is the origin. Without absolute times the date is the one that EDF+
    reserves for unknown dates, and the file begins at 00:00:00.

    Raises:
        ConfigError: edfio is not installed, or there is nothing that EDF can hold.
    """
    edfio = load_extra("edfio", "export")
    began_ns = export.session.began_ns
    _, at_ns = whole_seconds(began_ns, began_ns, export.session.ended_ns)
    signals, notes = [], []
    names = Counter(series.signal.name for series in export.readings.values() if not series.spot)
    for channel, series in export.good_readings().items():
        signal = series.signal
        if signal.name == RR_INTERVAL:
            continue
        if series.spot:
            notes += _measurements(edfio, export, series)
            continue
        values = _padded(held_values(series, at_ns), int(_RECORD_S))
        low, step = _AMBIENT if signal.name == "ambient_temperature" else _SCALES[signal.unit]
        signals.append(_signal(edfio, series, values, low, step, alone=names[signal.name] == 1))
        notes += _gaps(edfio, channel, values, 1.0)
    if not signals and not export.ecg:
        raise ConfigError(
            f"recording {export.session.key} of {export.participant} has no signal over time; "
            "export it in another format"
        )
    if signals:
        yield "session.edf", _file(edfio, export, signals, notes, began_ns, _RECORD_S)
    for label, ecg in export.ecg.items():
        yield f"ecg-{label}.edf", _ecg_file(edfio, export, label, ecg)


def _signal(
    edfio: Any, series: ReadingSeries, values: Values, low: float, step: float, *, alone: bool
) -> Any:
    """Return a signal; its label has the sensor only if another one has the same signal."""
    signal, high = series.signal, low + _STEPS * step
    label = _LABELS[signal.name]
    if not alone:
        label = f"{_ascii(series.sensor, _LABEL - 1 - len(label))}/{label}"
    return edfio.EdfSignal(
        np.where(np.isnan(values), low, np.clip(values, low, high)),
        1.0,
        label=label,
        transducer_type=_ascii(f"{series.channel}: {signal.label}", 80),
        physical_dimension={"/min": "/min", "%": "%", "Cel": "degC"}[signal.unit],
        physical_range=(low, round(high, 3)),
        digital_range=(-32_768, 32_767),
    )


def _ecg_file(edfio: Any, export: SessionExport, label: str, series: EcgSeries) -> bytes:
    """Return the file of an ECG, with the records that fit its rate best.

    edfio refuses a file if the durations of ECG and annotations, as quotients of floats, are not
    equal, which is often so in long files with other durations than a power of two.
    """
    rate_hz, values = series.even()
    for ticks in sorted(_ECG_RECORDS, key=lambda ticks: _off(rate_hz * ticks / 32)):
        signal, notes = _ecg(edfio, label, rate_hz, values, ticks / 32)
        try:
            return _file(edfio, export, [signal], notes, int(series.at_ns[0]), ticks / 32)
        except ValueError as error:
            if "Inconsistent signal durations" not in str(error):
                raise
    raise ConfigError(f"the ECG of {label} does not fit EDF+; export it in another format")


def _ecg(
    edfio: Any, label: str, rate_hz: float, values: Values, record_s: float
) -> tuple[Any, list[Any]]:
    """Return the signal of an ECG and its gaps, for data records of a duration."""
    samples = round(rate_hz * record_s)
    rate_hz = samples / record_s
    values = _padded(values, samples)
    notes = _gaps(edfio, f"{label}/ecg", values, rate_hz)
    highest = float(np.nanmax(np.abs(values)))
    whole = bool(np.all(np.isnan(values) | (values == np.rint(values))))
    # Microvolts of Polar are whole numbers, which are kept unless they exceed 16 bits.
    exact = whole and highest < _LARGEST
    limit = float(_LARGEST if exact else np.ceil(highest * 1.001) + 1)
    low = -limit - 1 if exact else -limit
    signal = edfio.EdfSignal(
        np.where(np.isnan(values), low, values),
        rate_hz,
        label="ECG",
        transducer_type="chest strap, one lead between its electrodes",
        physical_dimension="uV",
        physical_range=(low, limit),
        digital_range=(-32_768, 32_767),
    )
    return signal, notes


def _off(samples: float) -> float:
    """Return the relative error of the rate if a data record has a whole number of samples."""
    return abs(round(samples) - samples) / samples


def _measurements(edfio: Any, export: SessionExport, series: ReadingSeries) -> list[Any]:
    """Return an annotation for each spot measurement of a sensor; manual ones are events."""
    if series.sensor == BY_HAND:
        return []
    onsets = ((series.at_ns - export.session.began_ns) / 1e9).tolist()
    return [
        edfio.EdfAnnotation(
            onset, None, f"measurement {series.channel} {quantity(value, series.signal.unit)}"
        )
        for onset, value in zip(onsets, series.values.tolist(), strict=True)
        if onset >= 0
    ]


def _padded(values: Values, length: int) -> Values:
    """Append missing values up to a whole number of data records."""
    return np.concatenate([values, np.full(-len(values) % length, np.nan)])


def _gaps(edfio: Any, channel: str, values: Values, rate_hz: float) -> list[Any]:
    """Return an annotation for each run of samples without a value."""
    missing = np.concatenate([[False], np.isnan(values), [False]]).astype(np.int8)
    edges = np.diff(missing)
    return [
        edfio.EdfAnnotation(start / rate_hz, (stop - start) / rate_hz, f"gap {channel}")
        for start, stop in zip(
            np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True
        )
    ]


def _file(
    edfio: Any,
    export: SessionExport,
    signals: list[Any],
    notes: list[Any],
    start_ns: int,
    record_s: float,
) -> bytes:
    length_s = len(signals[0].data) / signals[0].sampling_frequency
    found = [edfio.EdfAnnotation(0, None, origin_text(export)), *notes]
    for each in annotations(export):
        onset_s = (each.at_ns - start_ns) / 1e9
        if not 0 <= onset_s <= length_s:
            continue  # before or after what the file covers
        duration_s = None if each.ended_ns is None else (each.ended_ns - each.at_ns) / 1e9
        found.append(edfio.EdfAnnotation(onset_s, duration_s, each.text))
    date, time_of_day = None, datetime.time()
    if export.options.absolute:
        start = datetime.datetime.fromtimestamp(start_ns // 1000 / 1e6, datetime.UTC)
        date, time_of_day = start.date(), start.time()
    simulated = ("SIMULATED",) if export.session.simulated else ()
    content: bytes = edfio.Edf(
        signals,
        patient=edfio.Patient(code=_ascii(export.participant, 30).replace(" ", "_") or "X"),
        recording=edfio.Recording(
            startdate=date,
            equipment_code=_ascii(str(export.provenance()["software"]).replace(" ", "_"), 30),
            additional=simulated,
        ),
        starttime=time_of_day,
        data_record_duration=record_s,
        annotations=sorted(found, key=lambda each: (each.onset, each.text)),
    ).to_bytes()
    return content


def _ascii(text: str, length: int) -> str:
    """Return a header field: printable ASCII without spaces at its ends."""
    safe = "".join(each if " " <= each <= "~" else "_" for each in text)
    return safe[:length].strip()
